import { StudioError } from '../../../shared/failure';
import { EXPORT_ONNX, type Keys } from './keys';

const SHOWN = 3;

/** Batch-norm layers of a state dict, by their running means. */
function batchNormNames({ byKey }: Keys): readonly string[] {
  return [...byKey.keys()].filter((key) => /(^|\.)running_mean$/.test(key)).map((key) => key.replace(/\.?running_mean$/, ''));
} // prettier-ignore

function normText(names: readonly string[]): string {
  if (names.length === 0) return 'no batch norm with statistics';
  const more = names.length > SHOWN ? ', ...' : '';
  return `${names.length} batch-norm layers: ${names.slice(0, SHOWN).join(', ')}${more}`;
}

/**
 * Refuses weights of a network that is not known: how its layers are connected is in a program.
 *
 * @throws StudioError 'unsupported-format', always
 */
export function refuseUnknown(keys: Keys): never {
  const first = [...keys.byKey.keys()].slice(0, SHOWN).join(', ');
  throw new StudioError({
    code: 'unsupported-format',
    message: `${keys.file} holds the weights of a network that the studio does not know (${normText(batchNormNames(keys))}), and how its layers are connected is not in the file.`,
    remedy: EXPORT_ONNX,
    detail: `Its first weights are ${first}.`,
  });
}
