import type { OpenedFolder } from '../data/folder';
import { StudioError } from '../shared/failure';

type ClassFolder = Pick<OpenedFolder, 'role' | 'name' | 'classes'>;

/** How the class names of a folder map to the outputs of the model. */
export interface ClassMatch {
  /** Lower-case class name of the folder -> output of the model. */
  readonly outputs: ReadonlyMap<string, number>;
  /** Said when names did not decide. */
  readonly notice: string | null;
}

const keyOf = (name: string): string => name.normalize('NFC').trim().toLowerCase();

const folderWords = {
  target: 'target folder',
  test: 'test folder',
  pairsRgb: 'RGB folder',
  pairsTarget: 'pair folder',
};

function mismatch(folder: ClassFolder, given: readonly string[], modelClasses: readonly string[]): StudioError {
  const known = new Set(modelClasses.map(keyOf));
  const strange = given.filter((name) => !known.has(keyOf(name)));
  const counts = `The model has ${modelClasses.length} outputs, the ${folderWords[folder.role]} "${folder.name}" has ${given.length} classes`;
  return new StudioError({
    code: 'mismatch',
    message: given.length === modelClasses.length ? `${counts}, but under other names.` : `${counts}.`,
    remedy:
      'Name the class folders as the classes of the model, or give a folder without class folders (then there is no accuracy).',
    detail: `Model: ${modelClasses.join(', ')}\nWithout a match: ${strange.join(', ')}`,
  });
}

/**
 * Finds the output of the model for each class folder: by name, letter case left aside; else, when no name fits and the
 * counts agree, by order.
 *
 * @param namesKnown whether the model states its class names; otherwise they are only numbers.
 * @returns null when the folders of the target images are evidently no classes of this model (sessions, rooms, ...).
 * @throws StudioError `mismatch`
 */
export function matchClasses(
  folder: ClassFolder,
  modelClasses: readonly string[],
  namesKnown: boolean,
): ClassMatch | null {
  const given = folder.classes ?? [];
  const byName = new Map(modelClasses.map((name, output) => [keyOf(name), output]));
  const fitting = given.filter((name) => byName.has(keyOf(name)));
  if (fitting.length === given.length) return { outputs: byName, notice: null };
  if (given.length === modelClasses.length && fitting.length === 0) {
    const order = given.map((name, output) => [keyOf(name), output] as const);
    const why = namesKnown ? 'have other names than' : 'have names, but the model does not name';
    const notice = `The class folders of "${folder.name}" ${why} the classes of the model: they were matched by order (${given
      .slice(0, 3)
      .map((name, at) => `${name} is output ${at}`)
      .join(', ')}, ...).`;
    return { outputs: new Map(order), notice };
  }
  if (folder.role === 'target' && fitting.length === 0) return null;
  throw mismatch(folder, given, modelClasses);
}

/**
 * Output of the model for every image of a folder, -1 where it has no label. For evaluation only.
 */
export function labelsOf(folder: Pick<OpenedFolder, 'entries'>, match: ClassMatch): Int32Array {
  return Int32Array.from(folder.entries, ({ label }) =>
    label === null ? -1 : (match.outputs.get(keyOf(label)) ?? -1),
  );
}
