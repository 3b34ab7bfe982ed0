import type { FileLayout, NetworkSpec, NodeSpec, OpName, ParameterSpec } from '../format';
import { convolutionLayout, depthwiseLayout, flattenedLinearLayout, linearLayout } from '../layout';
import { wrapperOf } from '../stateDict/wrappers';
import { sizeOf, type StoredTensor } from '../storedTensor';

/** A parameter of the network and the tensor that it becomes. */
export interface PlannedTensor {
  readonly name: string;
  /** As PyTorch has it. */
  readonly shape: readonly number[];
  /** From the tensor's order to ours; the same where it is missing. */
  readonly layout?: FileLayout;
  readonly parameter: ParameterSpec;
}

/** What PyTorch calls a parameter in each role. */
const roleNames: Readonly<Record<string, string>> = {
  kernel: 'weight', bias: 'bias', direction: 'weight_v', gain: 'weight_g', gamma: 'weight', beta: 'bias',
  runningMean: 'running_mean', runningVariance: 'running_var', alpha: 'weight',
}; // prettier-ignore

/** Last parts of the names in a state dict; `original0` and `original1` are those of a parametrised weight. */
const stateDictName = /(?:^|\.)(?:weight|bias|weight_[vg]|running_mean|running_var|original[01])$/;

type Image = readonly [number, number, number];

/** Operations that work on each value of a vector, or on each channel, by itself. */
const elementwise = new Set<OpName>(['identity', 'activation', 'batchNorm', 'prelu', 'rescale', 'normalize']);

/** The image of several pixels that a vector is the flattening of: PyTorch flattens channels first. */
function flattenedImage(node: NodeSpec, byName: ReadonlyMap<string, NodeSpec>): Image | null {
  let from = byName.get(node.inputs[0] ?? '');
  while (from && elementwise.has(from.op)) from = byName.get(from.inputs[0] ?? '');
  if (from?.op !== 'flatten' && from?.op !== 'reshape') return null;
  const [height = 0, width = 0, channels = 0, ...more] = byName.get(from.inputs[0] ?? '')?.outputShape ?? [];
  const isImage = from.outputShape.length === 1 && more.length === 0 && height * width > 1 && channels > 1;
  return isImage ? [height, width, channels] : null;
}

type Placed = Pick<PlannedTensor, 'shape' | 'layout'>;

function placedKernel(node: NodeSpec, shape: readonly number[], image: Image | null): Placed {
  const [height = 0, width = 0, depth = 0, filters = 0] = shape;
  if (node.op === 'conv2d') {
    const own = [filters, depth, height, width];
    return { shape: own, layout: convolutionLayout(own) };
  }
  if (node.op === 'depthwiseConv2d') {
    const own = [depth * filters, 1, height, width];
    return { shape: own, layout: depthwiseLayout(own, depth) };
  }
  const [inputs = 0, units = 0] = shape;
  const own = [units, inputs];
  return { shape: own, layout: image ? flattenedLinearLayout(units, image) : linearLayout(own) };
}

function placed(node: NodeSpec, role: string, { shape }: ParameterSpec, image: Image | null): Placed {
  if (role === 'kernel' || role === 'direction') return placedKernel(node, shape, image);
  const size = sizeOf(shape);
  if (role === 'gain') return { shape: [size, 1] };
  const perValue = image && role !== 'bias' && size === sizeOf(image);
  const [height, width, channels] = image ?? [0, 0, 0];
  if (perValue) return { shape: [size], layout: { shape: [channels, height, width], permutation: [1, 2, 0] } };
  const isPerPixel = shape.length === 3 && size !== shape[2];
  const [rows = 0, columns = 0, depth = 0] = shape;
  const own = [depth, rows, columns];
  return isPerPixel ? { shape: own, layout: { shape: own, permutation: [1, 2, 0] } } : { shape: [size] };
}

const parametersOf = (node: NodeSpec): readonly (readonly [string, ParameterSpec])[] =>
  (Object.entries(node.parameters) as [string, ParameterSpec | undefined][]).flatMap(([role, parameter]) =>
    parameter ? [[role, parameter] as const] : [],
  );

/** Whether the tensors of the source are those of a PyTorch state dict, so that its names and order can be kept. */
function isStateDict(planned: readonly PlannedTensor[], source: readonly StoredTensor[]): boolean {
  const sizes = new Map(source.map(({ name, shape }) => [name, sizeOf(shape)]));
  const isShared = new Set(planned.map(({ parameter }) => parameter.fileName)).size < planned.length;
  return (
    !isShared &&
    planned.every(({ parameter: { fileName, layout }, shape, layout: wanted }) => {
      const isSameOrder = layout?.permutation.join() === wanted?.permutation.join();
      return stateDictName.test(fileName) && sizes.get(fileName) === sizeOf(shape) && isSameOrder;
    })
  );
}

/**
 * The tensors of a network in PyTorch's layout, in the network's order.
 *
 * @param source tensors of the model's own files; names and shapes are theirs where they are a state dict, but for what
 *   wrappers put before every name
 */
export function plannedTensors(spec: NetworkSpec, source: readonly StoredTensor[]): readonly PlannedTensor[] {
  const byName = new Map(spec.nodes.map((node) => [node.name, node]));
  const planned = spec.nodes.flatMap((node) => {
    const image = node.outputShape.length === 1 ? flattenedImage(node, byName) : null;
    return parametersOf(node).map(([role, parameter]) => {
      const name = `${node.name}.${roleNames[role] ?? role}`;
      return { name, parameter, ...placed(node, role, parameter, image) };
    });
  });
  if (!isStateDict(planned, source)) return planned;
  const shapes = new Map(source.map(({ name, shape }) => [name, shape]));
  const wrapper = wrapperOf(planned.map(({ parameter }) => parameter.fileName));
  return planned.map(({ parameter }) => {
    const { fileName, layout } = parameter;
    const name = fileName.slice(wrapper.length);
    return { name, parameter, shape: shapes.get(fileName) ?? [], ...(layout && { layout }) };
  });
}
