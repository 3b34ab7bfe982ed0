import { StudioError } from '../../../shared/failure';
import type { NodeSpec, OpName, ParameterSpec } from '../format';
import type { WrittenWeight } from '../modelPart';
import type { Sheet } from './sheet';

/** What the writer of a node needs beside the node. */
export interface WriteContext {
  readonly sheet: Sheet;
  /** Stands before every layer name of this part. */
  readonly prefix: string;
  /** The values of a parameter, ready to be written. */
  weight(parameter: ParameterSpec): WrittenWeight;
  /** Output shape of a node's input, without the batch dimension. */
  inputShape(node: NodeSpec, position?: number): readonly number[];
  /** Whether a node's input can never be negative. */
  inputIsNonNegative(node: NodeSpec): boolean;
}

/**
 * Writes one node as layers that plain tfjs computes in the same way.
 *
 * @param inputs layer names of the node's inputs
 * @returns name of the layer that holds the node's output
 * @throws StudioError 'unsupported-layer' when no layers of tfjs do
 */
export type NodeWriter<Op extends OpName> = (
  node: NodeSpec<Op>,
  inputs: readonly string[],
  context: WriteContext,
) => string;

/** @throws StudioError 'unsupported-layer', always */
export function cannotWrite(node: NodeSpec, what: string): never {
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${node.name} cannot be written as a TFJS LayersModel: ${what}.`,
    remedy: 'Download the model in another form.',
  });
}
