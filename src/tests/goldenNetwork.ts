import type { NetworkSpec, NodeSpec, ParameterSpec, Weights } from '../formats/models/format';

/** An array of a golden file: row-major. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Start weights of one source network of the golden files, by their names there. */
export type GoldenWeights = Readonly<Record<string, GoldenArray>>;

/**
 * The small network of the golden files: two convolutions with batch norm, global average pool, bottleneck with batch
 * norm, weight-normalised classifier. Parameters keep their golden names.
 */
export function goldenNetwork(
  weights: GoldenWeights,
  inputShape: readonly [number, number, number],
): { spec: NetworkSpec; weights: Weights } {
  const parameter = (name: string): ParameterSpec => {
    const array = weights[name];
    if (!array) throw new Error(`The golden network has no ${name}.`);
    return { name, shape: array.shape, fileName: name };
  };
  const [height, width] = inputShape;
  const halved: [number, number] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const convolution = (name: string, input: string, stride: number, channels: number): NodeSpec<'conv2d'> => ({
    name,
    op: 'conv2d',
    inputs: [input],
    attributes: {
      strides: [stride, stride],
      dilations: [1, 1],
      padding: { top: 1, bottom: 1, left: 1, right: 1 },
      groups: 1,
    },
    parameters: { kernel: parameter(`${name}.weight`) },
    outputShape: [...halved, channels],
  });
  const batchNorm = (name: string, input: string, outputShape: readonly number[]): NodeSpec<'batchNorm'> => ({
    name,
    op: 'batchNorm',
    inputs: [input],
    attributes: { epsilon: 1e-5, momentum: 0.9, unbiasedRunningVariance: true },
    parameters: {
      gamma: parameter(`${name}.weight`),
      beta: parameter(`${name}.bias`),
      runningMean: parameter(`${name}.running_mean`),
      runningVariance: parameter(`${name}.running_var`),
    },
    outputShape,
  });
  const relu = (name: string, input: string, channels: number): NodeSpec<'activation'> => ({
    name,
    op: 'activation',
    inputs: [input],
    attributes: { activation: 'relu' },
    parameters: {},
    outputShape: [...halved, channels],
  });
  const [features = 0, classCount = 0] = parameter('C.fc.weight_v').shape;
  const nodes: NodeSpec[] = [
    {
      name: 'image',
      op: 'input',
      inputs: [],
      attributes: { shape: inputShape },
      parameters: {},
      outputShape: inputShape,
    },
    convolution('F.conv1', 'image', 2, 8),
    batchNorm('F.bn1', 'F.conv1', [...halved, 8]),
    relu('relu1', 'F.bn1', 8),
    convolution('F.conv2', 'relu1', 1, 16),
    batchNorm('F.bn2', 'F.conv2', [...halved, 16]),
    relu('relu2', 'F.bn2', 16),
    {
      name: 'pool',
      op: 'globalAvgPool',
      inputs: ['relu2'],
      attributes: { keepDims: false },
      parameters: {},
      outputShape: [16],
    },
    {
      name: 'B.bottleneck',
      op: 'dense',
      inputs: ['pool'],
      attributes: {},
      parameters: { kernel: parameter('B.bottleneck.weight'), bias: parameter('B.bottleneck.bias') },
      outputShape: [features],
    },
    batchNorm('B.bn', 'B.bottleneck', [features]),
    {
      name: 'C.fc',
      op: 'weightNormDense',
      inputs: ['B.bn'],
      attributes: {},
      parameters: {
        direction: parameter('C.fc.weight_v'),
        gain: parameter('C.fc.weight_g'),
        bias: parameter('C.fc.bias'),
      },
      outputShape: [classCount],
    },
  ];
  const spec: NetworkSpec = {
    name: 'golden',
    nodes,
    input: 'image',
    classifier: 'C.fc',
    features: 'B.bn',
    bottleneck: ['B.bottleneck', 'B.bn'],
    classCount,
  };
  return { spec, weights: new Map(Object.entries(weights).map(([name, { data }]) => [name, Float32Array.from(data)])) };
}
