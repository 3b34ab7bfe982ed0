import { StudioError } from '../../../shared/failure';
import type { NeededGraph } from './graph';
import { dataTypes } from './schema';
import { isFloatType } from './tensors';

/** Operators that only move values or choose among them. */
const moving: ReadonlySet<string> = new Set([
  'Concat',
  'Flatten',
  'Identity',
  'MaxPool',
  'Pad',
  'Reshape',
  'Slice',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);
/** Operators that leave the image's values: for lengths, and for what {@link isFloatType} says of the result. */
const leaving: ReadonlySet<string> = new Set(['Shape', 'Size', 'Cast']);

/** @throws StudioError 'unsupported-layer', always */
function refuse(message: string): never {
  throw new StudioError({
    code: 'unsupported-layer',
    message,
    remedy: 'Let the model take float32 images, or turn them into float32 first (Cast), and export it again.',
  });
}

/**
 * Whole numbers wrap, and their divisions round: the studio computes in float32, so an image of whole numbers may only be
 * moved about before a Cast makes real numbers of it.
 *
 * @throws StudioError 'unsupported-layer' that names the node
 */
export function requireRealArithmetic({ nodes, input }: NeededGraph): void {
  const { elementType } = input;
  if (elementType === 0 || isFloatType(elementType)) return;
  const type = Object.entries(dataTypes).find(([, code]) => code === elementType)?.[0] ?? `the type ${elementType}`;
  if (type === 'bool' || type === 'string') refuse(`The model's input ${input.name.slice(0, 100)} takes ${type} values and not pixels.`); // prettier-ignore
  const whole = new Set([input.name]);
  for (const { name, opType, inputs, outputs } of nodes) {
    if (!inputs.some((value) => whole.has(value)) || leaving.has(opType)) continue;
    if (!moving.has(opType)) refuse(`The node ${name.slice(0, 200)} (${opType}) computes with ${type} values of the image, whole numbers that wrap and round, which is not supported.`); // prettier-ignore
    whole.add(outputs[0] ?? '');
  }
}
