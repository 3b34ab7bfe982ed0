import type { Preprocessing } from './format';
import { isObject, isText, own, ownObject, type JsonObject } from './json';

type Triple = readonly [number, number, number];

/** The usual ways of scaling pixels. */
export const preprocessingPresets: Readonly<Record<Exclude<Preprocessing['preset'], 'own'>, Preprocessing>> = {
  imagenet: { preset: 'imagenet', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  minus1to1: { preset: 'minus1to1', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  '0to1': { preset: '0to1', mean: [0, 0, 0], std: [1, 1, 1] },
  '0to255': { preset: '0to255', mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
};

function close(a: Triple, b: Triple): boolean {
  return a.every((value, channel) => Math.abs(value - (b[channel] ?? NaN)) < 1e-6);
}

/** A preprocessing by its numbers; a preset if they are a preset's. */
function preprocessingOf(mean: Triple, std: Triple): Preprocessing {
  const preset = Object.values(preprocessingPresets).find((row) => close(row.mean, mean) && close(row.std, std));
  return preset ?? { preset: 'own', mean, std };
}

/** One number for all channels or one a channel. */
function triple(value: unknown, fallback: number): Triple | null {
  const items: readonly unknown[] = Array.isArray(value) ? (value as unknown[]) : [value ?? fallback];
  const isNumber = (item: unknown): item is number => typeof item === 'number' && Number.isFinite(item);
  if (!items.every(isNumber)) return null;
  const [first, second = first, third = first] = items;
  if (first === undefined || second === undefined || third === undefined) return null;
  return items.length === 1 || items.length === 3 ? [first, second, third] : null;
}

/** `{scale, mean, std}`: mean and standard deviation act on `value * scale`, value in 0..255. */
function statedPreprocessing(value: unknown): Preprocessing | null {
  if (!isObject(value)) return null;
  const [scale, mean, std] = [
    triple(own(value, 'scale'), 1 / 255),
    triple(own(value, 'mean'), 0),
    triple(own(value, 'std'), 1),
  ];
  if (!scale || !mean || !std || [...scale, ...std].some((item) => item <= 0)) return null;
  const per255 = ([a, b, c]: Triple): Triple => [a / (255 * scale[0]), b / (255 * scale[1]), c / (255 * scale[2])];
  return preprocessingOf(per255(mean), per255(std));
}

/** `resize` as a number or `[height, width]`, else `evaluation: "centre crop 63 of 72"`. */
function statedResize(metadata: JsonObject): number | null {
  const resize = own(metadata, 'resize');
  const first: unknown = Array.isArray(resize) ? resize[0] : resize;
  const evaluation = own(metadata, 'evaluation');
  const words = isText(evaluation) ? /crop \d+ of (\d+)/.exec(evaluation) : null;
  const length = first ?? (words?.[1] === undefined ? null : Number(words[1]));
  return typeof length === 'number' && Number.isInteger(length) && length > 0 && length <= 8192 ? length : null;
}

function statedClasses(value: unknown): readonly string[] | null {
  return Array.isArray(value) && value.length > 0 && value.every(isText) ? value : null;
}

/** What a model file says about itself beside its layers. */
export interface StatedMetadata {
  readonly classes: readonly string[] | null;
  readonly preprocessing: Preprocessing | null;
  readonly resize: number | null;
}

/** Reads `classes`, `preprocessing` and `resize`, as {@link stateMetadata} writes them. */
export function readMetadata(metadata: JsonObject): StatedMetadata {
  return {
    classes: statedClasses(own(metadata, 'classes')),
    preprocessing: statedPreprocessing(own(metadata, 'preprocessing')),
    resize: statedResize(metadata),
  };
}

/** Reads `userDefinedMetadata` of a model.json. */
export const userDefinedMetadata = (model: JsonObject): StatedMetadata =>
  readMetadata(ownObject(model, 'userDefinedMetadata'));

/** What a written model says about itself beside its layers. */
export interface MetadataOptions {
  readonly classes: readonly string[];
  /** Side length that images are resized to before the crop. */
  readonly resize?: number;
  /** Further entries. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Classes, preprocessing, resizing and what else is to be said of a written model. */
export function stateMetadata({ mean, std }: Preprocessing, options: MetadataOptions): JsonObject {
  return {
    classes: options.classes,
    preprocessing: { scale: 1 / 255, mean, std },
    ...(options.resize === undefined ? {} : { resize: options.resize }),
    ...options.metadata,
  };
}

/** The same where a file holds texts only: each entry as JSON, texts as they are. */
export function stateMetadataInTexts(preprocessing: Preprocessing, options: MetadataOptions): Record<string, string> {
  const entries = Object.entries(stateMetadata(preprocessing, options)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [key, isText(value) ? value : JSON.stringify(value)]));
}

/** Longest text that is taken for metadata. */
const LONGEST_TEXT = 1_000_000;

/** Reads what {@link stateMetadataInTexts} wrote; what is no JSON is not ours and says nothing. */
export function readMetadataFromTexts(texts: ReadonlyMap<string, string>): StatedMetadata {
  const parsed = ['classes', 'preprocessing', 'resize'].map((key) => [key, parsedText(texts.get(key))] as const);
  return readMetadata(Object.fromEntries(parsed));
}

function parsedText(text: string | undefined): unknown {
  if (text === undefined || text.length > LONGEST_TEXT) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads the metadata.json of a Teachable Machine export; null if it is none. Its models take pixels in [-1, 1]. */
export function teachableMachineMetadata(value: unknown): StatedMetadata | null {
  if (!isObject(value) || own(value, 'tmVersion') === undefined) return null;
  return { classes: statedClasses(own(value, 'labels')), preprocessing: preprocessingPresets.minus1to1, resize: null };
}

/** Class names are only kept if there is one for each output. */
export function fittingClasses(
  classes: readonly string[] | null,
  classCount: number,
): { classes: readonly string[] | null; notes: readonly string[] } {
  if (!classes || classes.length === classCount) return { classes, notes: [] };
  return {
    classes: null,
    notes: [
      `The file names ${classes.length} classes but the model has ${classCount} outputs; the names were left out.`,
    ],
  };
}
