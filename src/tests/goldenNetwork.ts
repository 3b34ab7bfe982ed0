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
 *
 * @param strides of the two convolutions.
 */
export function goldenNetwork(
  weights: GoldenWeights,
  inputShape: readonly [number, number, number],
  strides: readonly [number, number] = [2, 1],
): { spec: NetworkSpec; weights: Weights } {
  const parameter = (name: string): ParameterSpec => {
    const array = weights[name];
    if (!array) throw new Error(`The golden network has no ${name}.`);
    return { name, shape: array.shape, fileName: name };
  };
  const [height, width] = inputShape;
  const after = (stride: number): [number, number] => [Math.ceil(height / stride), Math.ceil(width / stride)];
  const [, , , channels1 = 0] = parameter('F.conv1.weight').shape;
  const [, , , channels2 = 0] = parameter('F.conv2.weight').shape;
  const shape1 = [...after(strides[0]), channels1];
  const shape2 = [...after(strides[0] * strides[1]), channels2];
  const convolution = (
    name: string,
    input: string,
    stride: number,
    outputShape: readonly number[],
  ): NodeSpec<'conv2d'> => ({
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
    outputShape,
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
  const relu = (name: string, input: string, outputShape: readonly number[]): NodeSpec<'activation'> => ({
    name,
    op: 'activation',
    inputs: [input],
    attributes: { activation: 'relu' },
    parameters: {},
    outputShape,
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
    convolution('F.conv1', 'image', strides[0], shape1),
    batchNorm('F.bn1', 'F.conv1', shape1),
    relu('relu1', 'F.bn1', shape1),
    convolution('F.conv2', 'relu1', strides[1], shape2),
    batchNorm('F.bn2', 'F.conv2', shape2),
    relu('relu2', 'F.bn2', shape2),
    {
      name: 'pool',
      op: 'globalAvgPool',
      inputs: ['relu2'],
      attributes: { keepDims: false },
      parameters: {},
      outputShape: [channels2],
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
