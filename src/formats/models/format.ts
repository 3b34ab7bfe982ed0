/**
 * A model of any file format as plain data: it can be posted, saved, printed and compared.
 * Layout is NHWC, convolution kernels are HWIO, dense kernels `[in, out]`, dtype float32.
 */

/**
 * How a tensor of a file becomes ours: brought to `shape`, its axes permuted (as `numpy.transpose`), and then to
 * {@link ParameterSpec.shape}. A PyTorch convolution is `{ shape: [out, in, kh, kw], permutation: [2, 3, 1, 0] }`.
 */
export interface FileLayout {
  readonly shape: readonly number[];
  readonly permutation: readonly number[];
}

/** One tensor of the model and where it lives in the file that it came from. */
export interface ParameterSpec {
  /** Unique in the network, for example `stem_bn/gamma`; the key into {@link Weights}. */
  readonly name: string;
  /** Shape in our layout. */
  readonly shape: readonly number[];
  /** Name of the tensor in its own file, so that a writer can put it back. */
  readonly fileName: string;
  /** Where it is missing, the file has our shape and order. */
  readonly layout?: FileLayout;
}

export type Weights = ReadonlyMap<string, Float32Array>;

export interface Padding2D {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

type Pair = readonly [number, number];

export type ActivationName =
  | 'linear'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'sigmoid'
  | 'hardSigmoid'
  | 'hardSigmoid6'
  | 'hardSwish'
  | 'swish'
  | 'gelu'
  | 'geluTanh'
  | 'tanh'
  | 'softplus'
  | 'softsign'
  | 'mish'
  | 'exponential';

/** Attributes and parameters of every operation. What grows is this table. */
interface Operations {
  /** `shape` is `[height, width, channels]`. */
  input: { attributes: { shape: readonly [number, number, number] }; parameters: object };
  conv2d: {
    attributes: { strides: Pair; dilations: Pair; padding: Padding2D; groups: number };
    /** kernel `[kh, kw, in / groups, out]` */
    parameters: { kernel: ParameterSpec; bias?: ParameterSpec };
  };
  depthwiseConv2d: {
    attributes: { strides: Pair; dilations: Pair; padding: Padding2D };
    /** kernel `[kh, kw, in, multiplier]` */
    parameters: { kernel: ParameterSpec; bias?: ParameterSpec };
  };
  dense: { attributes: object; parameters: { kernel: ParameterSpec; bias?: ParameterSpec } };
  /** Kernel `v[:, o] * g[o] / ||v[:, o]||`; direction `[in, out]`, gain `[out]`. */
  weightNormDense: {
    attributes: object;
    parameters: { direction: ParameterSpec; gain: ParameterSpec; bias?: ParameterSpec };
  };
  batchNorm: {
    /**
     * Over the last axis. `momentum` is the weight of the OLD running value (Keras sense; PyTorch 0.1 is 0.9 here).
     * `unbiasedRunningVariance`: the running variance takes n/(n-1) times the batch variance.
     */
    attributes: { epsilon: number; momentum: number; unbiasedRunningVariance: boolean };
    parameters: {
      gamma?: ParameterSpec;
      beta?: ParameterSpec;
      runningMean: ParameterSpec;
      runningVariance: ParameterSpec;
    };
  };
  /** `alpha`: slope of leakyRelu, scale of elu. `maxValue`/`threshold` belong to relu only. */
  activation: {
    attributes: { activation: ActivationName; alpha?: number; maxValue?: number; threshold?: number };
    parameters: object;
  };
  /** alpha broadcasts against `[h, w, c]`. */
  prelu: { attributes: object; parameters: { alpha: ParameterSpec } };
  add: { attributes: object; parameters: object };
  subtract: { attributes: object; parameters: object };
  multiply: { attributes: object; parameters: object };
  average: { attributes: object; parameters: object };
  maximum: { attributes: object; parameters: object };
  /** Along the last axis. */
  concat: { attributes: object; parameters: object };
  /** Padding counts as minus infinity. */
  maxPool: { attributes: { size: Pair; strides: Pair; padding: Padding2D }; parameters: object };
  avgPool: { attributes: { size: Pair; strides: Pair; padding: Padding2D; countPadding: boolean }; parameters: object };
  globalAvgPool: { attributes: { keepDims: boolean }; parameters: object };
  globalMaxPool: { attributes: { keepDims: boolean }; parameters: object };
  flatten: { attributes: object; parameters: object };
  /** `shape` without the batch dimension, no -1. */
  reshape: { attributes: { shape: readonly number[] }; parameters: object };
  pad: { attributes: { padding: Padding2D; value: number }; parameters: object };
  crop: { attributes: { padding: Padding2D }; parameters: object };
  /** Channels of zeros before and after those of the image. */
  padChannels: { attributes: { before: number; after: number }; parameters: object };
  upsample: { attributes: { size: Pair; interpolation: 'nearest' | 'bilinear' }; parameters: object };
  softmax: { attributes: object; parameters: object };
  /** Along the last axis; after the classifier only. */
  logSoftmax: { attributes: object; parameters: object };
  /** Dropout, noise and augmentation layers: nothing happens to the values. */
  identity: { attributes: object; parameters: object };
  /** `x * scale + offset` */
  rescale: { attributes: { scale: number; offset: number }; parameters: object };
  /** `(x - mean) / sqrt(variance)`, constants per channel, not trained. */
  normalize: { attributes: { mean: readonly number[]; variance: readonly number[] }; parameters: object };
}

export type OpName = keyof Operations;

/** One operation in the graph. `inputs` are names of earlier nodes. */
export type NodeSpec<Op extends OpName = OpName> = {
  [K in Op]: {
    readonly name: string;
    readonly op: K;
    readonly inputs: readonly string[];
    readonly attributes: Readonly<Operations[K]['attributes']>;
    readonly parameters: Readonly<Operations[K]['parameters']>;
    /** Output shape without the batch dimension. */
    readonly outputShape: readonly number[];
  };
}[Op];

export interface NetworkSpec {
  readonly name: string;
  /** Topologically ordered; the first is the only input. Nodes that follow the classifier are kept for export. */
  readonly nodes: readonly NodeSpec[];
  readonly input: string;
  /**
   * The classifier: the last dense node (or a 1x1 convolution over a 1x1 map), whose output are the logits.
   * What follows it may only be softmax, sigmoid, reshape, flatten and identity.
   */
  readonly classifier: string;
  /** The node whose (flattened) output the classifier sees: the features. */
  readonly features: string;
  /** Names of the parameterised nodes between the last spatial node and the classifier: the bottleneck. */
  readonly bottleneck: readonly string[];
  readonly classCount: number;
}

/** How 8-bit values 0..255 become network input: `(value / 255 - mean) / std` per channel. */
export interface Preprocessing {
  readonly preset: 'imagenet' | 'minus1to1' | '0to1' | '0to255' | 'own';
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Where a file keeps the weights of a PyTorch network. */
export interface StateDictPlace {
  /** Name of the dropped file. */
  readonly file: string;
  /** Keys that lead from what the file holds to the weights by name; empty when it holds nothing else. */
  readonly keys: readonly string[];
  /** What wrappers such as DataParallel put before every name: `module.`; empty if nothing. */
  readonly wrapper: string;
}

export interface ModelMetadata {
  readonly format: string;
  /** Class names of the file's own metadata, or null. */
  readonly classes: readonly string[] | null;
  /** Preprocessing stated by the file's own metadata, or null. */
  readonly preprocessing: Preprocessing | null;
  /** Edge length images are resized to before the crop, if the file says so. */
  readonly resize: number | null;
  /** Whether the file leaves height and width open, so that another input size may be chosen. */
  readonly openSides: boolean;
  /** Of PyTorch weights, one for each file. */
  readonly stateDicts?: readonly StateDictPlace[];
  /** Remarks for the person: quantised weights widened, dropped augmentation layers, ... */
  readonly notes: readonly string[];
}

export interface OpenedModel {
  readonly spec: NetworkSpec;
  readonly weights: Weights;
  readonly metadata: ModelMetadata;
}

/** A file as the readers see it: its path inside the drop and its bytes. */
export interface FileBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}
