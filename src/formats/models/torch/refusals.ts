import { StudioError } from '../../../shared/failure';

/** The way to a file that can be read. */
export const SAVE_STATE_DICT = 'torch.save(model.state_dict(), "model.pt")';

/** @throws StudioError 'damaged-file', always */
export function damagedPickle(file: string, what: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `${file} is a damaged PyTorch file: ${what}.`,
    remedy: `Copy or download the file again from its source, or save it again with ${SAVE_STATE_DICT}.`,
  });
}

/** @throws StudioError 'too-large', always */
export function tooLarge(file: string, what: string): never {
  throw new StudioError({
    code: 'too-large',
    message: `${file} is no plain set of weights: ${what}.`,
    remedy: `Save only the weights: ${SAVE_STATE_DICT}.`,
  });
}

/** Text of a file for a message: short, on one line. */
export const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);

/** Names of classes that a whole pickled network consists of. */
const ofModules = /^(__main__|torch\.nn|torchvision|timm|models?)\./;
const ofStorages = /^torch\.(\w+\.)?\w*Storage$/;

/**
 * Refuses a name that a pickle asks for.
 *
 * @throws StudioError 'unsupported-format', always
 */
export function refuseGlobal(file: string, global: string): never {
  const name = printable(global);
  if (ofStorages.test(global)) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${file} holds numbers of the kind ${name}, which cannot be trained.`,
      remedy: `Save the weights as float32: torch.save(model.float().state_dict(), "model.pt").`,
    });
  }
  const message = ofModules.test(global)
    ? `${file} is a whole pickled model: it asks for the class ${name}, which is program code and is never run here.`
    : `${file} asks for ${name}, which is program code and is never run here.`;
  throw new StudioError({
    code: 'unsupported-format',
    message,
    remedy: `If you trust where the file comes from, load it in Python and save only its weights: ${SAVE_STATE_DICT}.`,
  });
}
