import { StudioError } from '../../../shared/failure';
import type { NodeSpec, OpName, ParameterSpec } from '../format';
import type { WrittenWeight } from '../modelPart';
import type { OnnxSheet } from './writeSheet';

/** What the writer of a node needs beside the node. */
export interface OnnxContext {
  readonly sheet: OnnxSheet;
  /** The values of a parameter in our layout. */
  readonly weight: (parameter: ParameterSpec) => WrittenWeight;
  /** Output shape of a node's input in our layout, without the batch dimension. */
  inputShape(node: NodeSpec, position?: number): readonly number[];
}

/**
 * Writes one node. Images `[height, width, channels]` are channels first in ONNX; everything else has our order.
 *
 * @param inputs names of the values that its inputs are
 * @returns name of the value that its output is
 * @throws StudioError 'unsupported-layer' when no operations of ONNX compute the same
 */
export type OnnxWriter<Op extends OpName> = (
  node: NodeSpec<Op>,
  inputs: readonly string[],
  context: OnnxContext,
) => string;

/** @throws StudioError 'unsupported-layer', always */
export function cannotWriteOnnx(node: NodeSpec, what: string): never {
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${node.name} cannot be written as ONNX: ${what}.`,
    remedy: 'Download the model in another form.',
  });
}

export const isImage = (shape: readonly number[]): boolean => shape.length === 3;

/** The axis of the channels in the written tensor, whose first axis is the batch. */
export const channelAxis = (shape: readonly number[]): number => (isImage(shape) ? 1 : shape.length);

/** The shape in which a constant per channel meets the written tensor. */
export const channelShape = (shape: readonly number[], length: number): readonly number[] =>
  isImage(shape) ? [length, 1, 1] : [length];
