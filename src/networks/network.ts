import * as tf from '@tensorflow/tfjs-core';
import type { NetworkSpec, NodeSpec, ParameterSpec, Weights } from '../formats/models/format';
import { StudioError } from '../shared/failure';
import { nodesToClassifier } from './plan';

/** Running mean and variance of one batch-norm layer. */
export interface RunningStatistics {
  /** Name of the layer's node. */
  readonly layer: string;
  /** Whether the layer's input is an image (rank 4) and not a vector. */
  readonly spatial: boolean;
  /** `[channels]` */
  readonly mean: tf.Variable;
  /** `[channels]` */
  readonly variance: tf.Variable;
  readonly epsilon: number;
  /** Weight of the old value. */
  readonly momentum: number;
  /** Whether the file's own framework puts n/(n-1) times the batch variance into the running variance. */
  readonly unbiased: boolean;
}

/** A model with its weights in the backend's memory. It owns its variables: see {@link disposeNetwork}. */
export interface Network {
  readonly spec: NetworkSpec;
  /** Everything but the running statistics, by {@link ParameterSpec.name}. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** In the order of the forward pass. */
  readonly runningStatistics: readonly RunningStatistics[];
}

/** Parameter names by what adaptation does with them. Only parameters that the logits depend on are named. */
export interface ParameterGroups {
  readonly backbone: readonly string[];
  readonly bottleneck: readonly string[];
  readonly classifier: readonly string[];
  /** Gamma and beta of every batch-norm layer; these are also in one of the other groups. */
  readonly batchNormAffine: readonly string[];
}

/** The parameters of a node with the role each plays in it. */
function parametersOf(node: NodeSpec): readonly (readonly [string, ParameterSpec])[] {
  return Object.entries(node.parameters).filter((entry): entry is [string, ParameterSpec] => entry[1] !== undefined);
}

function isRunningStatistic(role: string): boolean {
  return role === 'runningMean' || role === 'runningVariance';
}

function valuesOf(weights: Weights, parameter: ParameterSpec): Float32Array {
  const values = weights.get(parameter.name);
  const size = tf.util.sizeFromShape([...parameter.shape]);
  if (values?.length === size) return values;
  throw new StudioError({
    code: 'bad-model',
    message: `The weight ${parameter.fileName} should have ${size} values, but ${values ? values.length : 'none'} were given.`,
    remedy: 'Open the model again from its original files.',
  });
}

/**
 * Puts a model's weights into variables of the current backend.
 *
 * @throws StudioError 'bad-model' when a weight is missing or has another size than the spec says.
 */
export function createNetwork(spec: NetworkSpec, weights: Weights): Network {
  const variable = (parameter: ParameterSpec, trainable: boolean): tf.Variable =>
    tf.tidy(() => tf.variable(tf.tensor(valuesOf(weights, parameter), [...parameter.shape]), trainable));
  const parameters = new Map<string, tf.Variable>();
  const runningStatistics: RunningStatistics[] = [];
  for (const node of spec.nodes) {
    for (const [role, parameter] of parametersOf(node)) {
      if (!isRunningStatistic(role)) parameters.set(parameter.name, variable(parameter, true));
    }
    if (node.op !== 'batchNorm') continue;
    runningStatistics.push({
      layer: node.name,
      spatial: node.outputShape.length === 3,
      mean: variable(node.parameters.runningMean, false),
      variance: variable(node.parameters.runningVariance, false),
      epsilon: node.attributes.epsilon,
      momentum: node.attributes.momentum,
      unbiased: node.attributes.unbiasedRunningVariance,
    });
  }
  return { spec, parameters, runningStatistics };
}

/** Every variable of a network under its {@link ParameterSpec}. */
function variablesOf(network: Network): readonly { parameter: ParameterSpec; variable: tf.Variable }[] {
  const statistics = new Map(network.runningStatistics.map((entry) => [entry.layer, entry]));
  return network.spec.nodes.flatMap((node) =>
    parametersOf(node).map(([role, parameter]) => {
      const running = statistics.get(node.name);
      const variable =
        role === 'runningMean'
          ? running?.mean
          : role === 'runningVariance'
            ? running?.variance
            : network.parameters.get(parameter.name);
      if (!variable) throw new Error(`The network has no variable for ${parameter.name}.`);
      return { parameter, variable };
    }),
  );
}

/** Frees the network's variables; it cannot be used afterwards. */
export function disposeNetwork(network: Network): void {
  for (const { variable } of variablesOf(network)) variable.dispose();
}

/** All weights as plain arrays, running statistics included, by {@link ParameterSpec.name}. */
export async function readWeights(network: Network): Promise<Map<string, Float32Array>> {
  const entries = variablesOf(network).map(async ({ parameter, variable }): Promise<[string, Float32Array]> => [
    parameter.name,
    (await variable.data()) as Float32Array,
  ]);
  return new Map(await Promise.all(entries));
}

/**
 * Overwrites the network's weights in place, running statistics included.
 *
 * @throws StudioError 'bad-model' when a weight is missing or has another size; nothing is changed then.
 */
export function loadWeights(network: Network, weights: Weights): void {
  const checked = variablesOf(network).map((entry) => ({ ...entry, values: valuesOf(weights, entry.parameter) }));
  tf.tidy(() => {
    for (const { variable, values } of checked) variable.assign(tf.tensor(values, variable.shape));
  });
}

/** Sorts the trainable parameters that the logits depend on. */
export function parameterGroups(network: Network): ParameterGroups {
  const { spec } = network;
  const bottleneck = new Set(spec.bottleneck);
  const trainable = nodesToClassifier(spec).flatMap((node) =>
    parametersOf(node)
      .filter(([role]) => !isRunningStatistic(role))
      .map(([, parameter]) => ({ node, name: parameter.name })),
  );
  const names = (belongs: (node: NodeSpec) => boolean): string[] =>
    trainable.filter(({ node }) => belongs(node)).map(({ name }) => name);
  return {
    backbone: names((node) => node.name !== spec.classifier && !bottleneck.has(node.name)),
    bottleneck: names((node) => bottleneck.has(node.name)),
    classifier: names((node) => node.name === spec.classifier),
    batchNormAffine: names((node) => node.op === 'batchNorm'),
  };
}
