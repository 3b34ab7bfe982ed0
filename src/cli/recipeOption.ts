import { StudioError } from '../shared/failure';
import { plainRecipe } from '../shared/recipe';
import type { Encoding, ImageRecipe, Scaling } from '../shared/recipe';

type Fields = Readonly<Record<string, 'number' | 'camera' | 'cameraOrNull'>>;

/** Fields of every scaling and encoding, beside `kind`. */
const scalingFields: Readonly<Record<Scaling['kind'], Fields>> = {
  full: {},
  minMax: {},
  percentile: { low: 'number', high: 'number' },
  clip: { low: 'number', high: 'number' },
  disparity: { low: 'number', high: 'number' },
  log: { low: 'number', high: 'number' },
  sunRgbd: {},
};
const encodingFields: Readonly<Record<Encoding['kind'], Fields>> = {
  replicate: {},
  jet: {},
  turbo: {},
  normals: { intrinsics: 'cameraOrNull' },
  hha: { intrinsics: 'camera', metresPerUnit: 'number' },
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCamera = (value: unknown): boolean =>
  isObject(value) && ['fx', 'fy', 'cx', 'cy'].every((key) => typeof value[key] === 'number');

const fieldTests: Readonly<Record<Fields[string], (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  camera: isCamera,
  cameraOrNull: (value) => value === null || isCamera(value),
};

/** Whether a value has a known `kind`, the fields of that kind, and no others. */
function hasKind(kinds: Readonly<Record<string, Fields>>): (value: unknown) => boolean {
  return (value) => {
    if (!isObject(value) || typeof value['kind'] !== 'string' || !Object.hasOwn(kinds, value['kind'])) return false;
    const fields = Object.entries(kinds[value['kind']] ?? {});
    const isComplete = fields.every(([name, test]) => fieldTests[test](value[name]));
    return isComplete && Object.keys(value).length === fields.length + 1;
  };
}

const oneOf =
  (...names: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && names.includes(value);

const partTests: Readonly<Record<keyof ImageRecipe, (value: unknown) => boolean>> = {
  scaling: hasKind(scalingFields),
  encoding: hasKind(encodingFields),
  holes: oneOf('keep', 'nearest', 'mask'),
  resize: oneOf('bilinear', 'area', 'nearest', 'holeAware'),
  eightBit: (value) => typeof value === 'boolean',
  orientation: oneOf('ignore', 'apply'),
};

const badRecipe = (message: string): StudioError =>
  new StudioError({
    code: 'bad-setting',
    message,
    remedy: `Write it as in a run record, for example --recipe '${JSON.stringify({ scaling: plainRecipe.scaling, holes: 'mask' })}'.`,
  });

/**
 * Reads `--recipe`: parts of a recipe as JSON. Whether its numbers make sense, the engine says.
 * @throws StudioError `bad-setting`, naming the part
 */
export function parseRecipe(text: string): Partial<ImageRecipe> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw badRecipe(`--recipe is no JSON (${error instanceof Error ? error.message : String(error)}): ${text}`);
  }
  if (!isObject(parsed)) throw badRecipe(`--recipe is not an object: ${text}`);
  for (const [part, value] of Object.entries(parsed)) {
    if (!Object.hasOwn(partTests, part)) throw badRecipe(`A recipe has no part "${part}".`);
    if (!partTests[part as keyof ImageRecipe](value)) throw badRecipe(`There is no ${part} ${JSON.stringify(value)}.`);
  }
  return parsed;
}
