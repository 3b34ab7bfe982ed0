import * as tf from '@tensorflow/tfjs-core';
import type { NodeSpec, OpenedModel, ParameterSpec } from '../formats/models/format';
import { forward, type BatchStatistics } from '../networks/forward';
import { createNetwork, disposeNetwork, type Network } from '../networks/network';
import { outputKind, outputOf, type OutputKind } from '../networks/output';

/** One batch-norm layer. `momentum` is the weight of the old value. */
interface BatchNormFacts {
  readonly name: string;
  readonly channels: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly has_gamma: boolean;
  readonly has_beta: boolean;
  readonly gamma_first3: readonly number[];
  readonly beta_first3: readonly number[];
  readonly moving_mean_first3: readonly number[];
  readonly moving_variance_first3: readonly number[];
  readonly moving_mean_sum: number;
  readonly moving_variance_sum: number;
  /** Of the layer's input for the test input: mean and biased variance over height and width. */
  readonly test_input_batch_mean_first3: readonly number[];
  readonly test_input_batch_variance_first3: readonly number[];
}

interface OutputFacts {
  readonly first10: readonly number[];
  readonly argmax: number;
  readonly sum: number;
}

/** What a model file holds and what its network computes, as plain data for other programs to compare. */
export interface ModelFacts {
  readonly name: string;
  readonly format: string;
  /** `[null, height, width, channels]` */
  readonly input_shape: readonly (number | null)[];
  readonly classes: number;
  readonly class_names: readonly string[] | null;
  readonly parameters: { readonly total: number; readonly trainable: number; readonly bn_statistics: number };
  readonly layer_counts: Readonly<Record<string, number>>;
  readonly bn_layers: number;
  readonly preprocessing: OpenedModel['metadata']['preprocessing'];
  readonly notes: readonly string[];
  readonly bn: readonly BatchNormFacts[];
  readonly test: {
    readonly input: string;
    readonly shape: readonly number[];
    readonly output_kind: OutputKind;
    readonly runtime: string;
    readonly outputs: OutputFacts;
    readonly outputs_for_input_times_2_minus_1: OutputFacts;
    readonly outputs_for_input_times_255: OutputFacts;
  };
}

type Roles = Readonly<Record<string, ParameterSpec | undefined>>;
type Shape = readonly [number, number, number];

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

function parameterCounts({ spec, weights }: OpenedModel): ModelFacts['parameters'] {
  const sizes = spec.nodes.flatMap((node) =>
    Object.entries(node.parameters as Roles).map(([role, parameter]) => ({
      isStatistic: role === 'runningMean' || role === 'runningVariance',
      size: weights.get(parameter?.name ?? '')?.length ?? 0,
    })),
  );
  const total = sum(sizes.map(({ size }) => size));
  const statistics = sum(sizes.filter(({ isStatistic }) => isStatistic).map(({ size }) => size));
  return { total, trainable: total - statistics, bn_statistics: statistics };
}

function layerCounts({ spec }: OpenedModel): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { op } of spec.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return Object.fromEntries(counts);
}

/** `((i * 2654435761) mod 2^32) / 2^32` at flat index i of `[1, height, width, channels]`, changed by `change`. */
function testInput(shape: Shape, change: (x: tf.Tensor4D) => tf.Tensor4D): tf.Tensor4D {
  const [height, width, channels] = shape;
  const value = (_: unknown, index: number): number => (Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32;
  const values = Float32Array.from({ length: height * width * channels }, value);
  return tf.tidy(() => change(tf.tensor4d(values, [1, height, width, channels])));
}

async function outputFacts(output: tf.Tensor): Promise<OutputFacts> {
  const values = [...(await output.data())];
  output.dispose();
  const argmax = values.reduce((best, value, index) => (value > (values[best] ?? -Infinity) ? index : best), 0);
  return { first10: values.slice(0, 10), argmax, sum: sum(values) };
}

function computeOutput(network: Network, shape: Shape, change: (x: tf.Tensor4D) => tf.Tensor4D): Promise<OutputFacts> {
  const output = tf.tidy(() =>
    outputOf(network.spec, forward(network, testInput(shape, change), { batchNorm: 'running' }).logits),
  );
  return outputFacts(output);
}

async function batchNormFacts(
  node: NodeSpec<'batchNorm'>,
  { weights }: OpenedModel,
  statistics: BatchStatistics | undefined,
): Promise<BatchNormFacts> {
  const { gamma, beta, runningMean, runningVariance } = node.parameters;
  const first3 = (values: Iterable<number> | undefined): number[] => [...(values ?? [])].slice(0, 3);
  const of = (parameter: ParameterSpec | undefined): Float32Array | undefined => weights.get(parameter?.name ?? '');
  return {
    name: node.name,
    channels: node.outputShape.at(-1) ?? 0,
    epsilon: node.attributes.epsilon,
    momentum: node.attributes.momentum,
    has_gamma: gamma !== undefined,
    has_beta: beta !== undefined,
    gamma_first3: first3(of(gamma)),
    beta_first3: first3(of(beta)),
    moving_mean_first3: first3(of(runningMean)),
    moving_variance_first3: first3(of(runningVariance)),
    moving_mean_sum: sum(of(runningMean) ?? []),
    moving_variance_sum: sum(of(runningVariance) ?? []),
    test_input_batch_mean_first3: first3(await statistics?.mean.data()),
    test_input_batch_variance_first3: first3(await statistics?.variance.data()),
  };
}

async function allBatchNormFacts(model: OpenedModel, network: Network, shape: Shape): Promise<BatchNormFacts[]> {
  const x = testInput(shape, tf.clone);
  const result = forward(network, x, { batchNorm: 'running', collect: true });
  x.dispose();
  const measured = new Map(result.statistics.map((entry) => [entry.layer, entry]));
  const facts: BatchNormFacts[] = [];
  for (const node of model.spec.nodes) {
    if (node.op === 'batchNorm') facts.push(await batchNormFacts(node, model, measured.get(node.name)));
  }
  tf.dispose([result.logits, result.features]);
  result.statistics.forEach(({ mean, variance, matched }) => {
    tf.dispose([mean, variance, matched.mean, matched.variance]);
  });
  return facts;
}

/**
 * Reads the facts off an opened model and computes its first outputs for a fixed input, on the current backend.
 *
 * @param name for people
 */
export async function modelFacts(name: string, model: OpenedModel): Promise<ModelFacts> {
  const { spec, metadata } = model;
  const [height = 0, width = 0, channels = 0] = spec.nodes[0]?.outputShape ?? [];
  const shape: Shape = [height, width, channels];
  const network = createNetwork(spec, model.weights);
  try {
    const bn = await allBatchNormFacts(model, network, shape);
    return {
      name,
      format: metadata.format,
      input_shape: [null, ...shape],
      classes: spec.classCount,
      class_names: metadata.classes,
      parameters: parameterCounts(model),
      layer_counts: layerCounts(model),
      bn_layers: bn.length,
      preprocessing: metadata.preprocessing,
      notes: metadata.notes,
      bn,
      test: {
        input: 'NHWC float32, value at flat index i = ((i*2654435761) mod 2^32)/2^32',
        shape: [1, ...shape],
        output_kind: outputKind(spec),
        runtime: `SOCKET Studio on the ${tf.getBackend()} backend, float32`,
        outputs: await computeOutput(network, shape, tf.clone),
        outputs_for_input_times_2_minus_1: await computeOutput(network, shape, (x) => tf.sub(tf.mul(x, 2), 1)),
        outputs_for_input_times_255: await computeOutput(network, shape, (x) => tf.mul(x, 255)),
      },
    };
  } finally {
    disposeNetwork(network);
  }
}
