import { StudioError } from '../../shared/failure';

/** A JSON object. Read it with {@link own}: keys such as `constructor` come from the file or not at all. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** An own property; undefined when it is absent or null. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}

/** An own property if it is an object; an empty object otherwise. */
export function ownObject(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isObject(value) ? value : {};
}

/**
 * Parses UTF-8 JSON, with or without a byte order mark.
 *
 * @throws StudioError 'damaged-file'
 */
export function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw new StudioError({
      code: 'damaged-file',
      message: `${name} is not readable: its JSON text is damaged.`,
      remedy: 'Copy or download the file again from its source.',
      detail: error instanceof Error ? error.message : String(error),
    });
  }
}

/** The options of one layer, with the layer's name for messages. */
export interface Options {
  readonly layer: string;
  readonly values: JsonObject;
}

function refuse(options: Options, key: string, wanted: string): never {
  throw new StudioError({
    code: 'bad-model',
    message: `The layer ${options.layer} has an unusable ${key}: ${wanted} is needed.`,
    remedy: 'Export the model again; if it was edited by hand, correct this option in model.json.',
    detail: `${key} = ${JSON.stringify(own(options.values, key) ?? 'missing').slice(0, 200)}`,
  });
}

/** A finite number. Without a fallback the option is required. */
export function numberOption(options: Options, key: string, fallback?: number): number {
  const value = own(options.values, key) ?? fallback;
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(options, key, 'a number');
}

/** Largest size, count or stride a layer may name. */
const LARGEST_INTEGER = 2 ** 24;

/** A whole number from `least` to 2^24. Without a fallback the option is required. */
export function integerOption(options: Options, key: string, fallback?: number, least = 1): number {
  const value = numberOption(options, key, fallback);
  if (Number.isInteger(value) && value >= least && value <= LARGEST_INTEGER) return value;
  return refuse(options, key, `a whole number of at least ${least}`);
}

export function booleanOption(options: Options, key: string, fallback: boolean): boolean {
  const value = own(options.values, key) ?? fallback;
  return typeof value === 'boolean' ? value : refuse(options, key, 'true or false');
}

export function textOption(options: Options, key: string, fallback: string): string {
  const value = own(options.values, key) ?? fallback;
  return isText(value) ? value : refuse(options, key, 'a name');
}

/** Two whole numbers `[vertical, horizontal]`, also written as one number for both. */
export function pairOption(
  options: Options,
  key: string,
  fallback?: readonly [number, number],
): readonly [number, number] {
  const value = own(options.values, key) ?? fallback;
  const items: readonly unknown[] = Array.isArray(value) ? (value as unknown[]) : [value, value];
  const each = items.map((item) => integerOption({ layer: options.layer, values: { [key]: item } }, key));
  const [vertical, horizontal] = each;
  if (each.length !== 2 || vertical === undefined || horizontal === undefined) {
    return refuse(options, key, 'two whole numbers');
  }
  return [vertical, horizontal];
}

/** An option that may be one number or a list of numbers, as a list. */
export function numbersOption(options: Options, key: string, fallback: readonly number[]): readonly number[] {
  const value = own(options.values, key) ?? fallback;
  const items: readonly unknown[] = Array.isArray(value) ? (value.flat(8) as unknown[]) : [value];
  const isNumber = (item: unknown): item is number => typeof item === 'number' && Number.isFinite(item);
  return items.every(isNumber) ? items : refuse(options, key, 'a number or a list of numbers');
}
