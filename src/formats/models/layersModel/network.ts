import { StudioError } from '../../../shared/failure';
import type { NetworkSpec, Weights } from '../format';
import { withHead } from '../head';
import type { OpenOptions } from '../modelFormat';
import type { StoredTensor } from '../storedTensor';
import { addInput, applyModel, hasOpenSides, requireKnownLayers } from './build';
import { createGraph, type Dialect } from './graph';
import type { KerasModel } from './topology';
import { createWeightSource, type TensorFinder } from './weightSource';

/** Where the weights of a Keras model are. */
export interface KerasWeights {
  readonly tensors: readonly StoredTensor[];
  readonly find: TensorFinder;
}

/** What becomes of a Keras model, whatever kind of file it was in. */
interface KerasNetwork {
  readonly spec: NetworkSpec;
  readonly weights: Weights;
  readonly openSides: boolean;
  readonly notes: readonly string[];
}

function describeWidened(tensors: readonly StoredTensor[]): readonly string[] {
  const types = new Set(
    tensors.map(({ stored }) => stored).filter((stored) => ['uint8', 'uint16', 'float16', 'bfloat16'].includes(stored)),
  );
  return types.size === 0 ? [] : [`Weights stored as ${[...types].join(' and ')} were widened to float32.`];
}

function describeUnused(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return [
    `${names.length} ${names.length === 1 ? 'weight' : 'weights'} in the file belong to no layer and were left out: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}.`,
  ];
}

/**
 * Builds the network of a Keras model.
 *
 * @throws StudioError 'unsupported-layer', 'bad-model' or what the weights are refused for
 */
export function readNetwork(
  keras: KerasModel,
  { tensors, find }: KerasWeights,
  dialect: Dialect,
  options: OpenOptions,
): KerasNetwork {
  requireKnownLayers(keras);
  const graph = createGraph(createWeightSource(tensors, find), dialect);
  const [output, ...others] = applyModel(keras, [addInput(keras, graph, options.inputSize)], { graph, calls: 0 });
  if (output === undefined || others.length > 0) {
    throw new StudioError({
      code: 'bad-model',
      message: `The model has ${others.length + (output === undefined ? 0 : 1)} outputs; a classifier has one.`,
      remedy: 'Export a model with the class scores as its only output.',
    });
  }
  return {
    spec: withHead(keras.name, graph.nodes, output),
    weights: graph.weights,
    openSides: hasOpenSides(keras),
    notes: [...graph.notes, ...describeWidened(tensors), ...describeUnused(graph.unused())],
  };
}

/** The first number of `2.15.0`; 2 where a file does not say. */
export const majorVersion = (version: string | undefined): number => Number.parseInt(version ?? '', 10) || 2;
