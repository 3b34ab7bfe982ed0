import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { gpuBackend, type GpuBackend } from './backend';
import { registerFilterGradient, registerForward, registerInputGradient } from './convRegisters';
import { convShape, type ConvShape } from './convShape';
import { tiledFilterGradient, tiledForward, tiledInputGradient } from './convTiles';
import { tuningOf, type Tuning } from './tuning';

type Convolve = (backend: GpuBackend, a: TensorInfo, b: TensorInfo, shape: ConvShape) => TensorInfo;

/** y from x and w; dx from dy and w; dw from x and dy: once for each way to cut them. */
const convolutions: Readonly<
  Record<Tuning['tiles'], Readonly<Record<'forward' | 'inputGradient' | 'filterGradient', Convolve>>>
> = {
  registers: {
    forward: registerForward,
    inputGradient: registerInputGradient,
    filterGradient: registerFilterGradient,
  },
  shared: { forward: tiledForward, inputGradient: tiledInputGradient, filterGradient: tiledFilterGradient },
};

const convolutionsOn = ({ device }: GpuBackend): (typeof convolutions)['shared'] =>
  convolutions[tuningOf(device).tiles];

type Inputs = Readonly<Record<string, TensorInfo>>;

function kernel(run: (backend: GpuBackend, inputs: Inputs, attributes: NamedAttrMap) => TensorInfo): KernelFunc {
  return ({ inputs, attrs, backend }) => run(gpuBackend(backend), inputs as Inputs, attrs ?? {});
}

function input(inputs: Inputs, name: string): TensorInfo {
  const tensor = inputs[name];
  if (!tensor) throw new Error(`A convolution was called without its input ${name}.`);
  return tensor;
}

const groupsOf = (attributes: NamedAttrMap): number => (attributes['groups'] as number | undefined) ?? 1;

const forward = kernel((backend, inputs, attributes) => {
  const [x, filter] = [input(inputs, 'x'), input(inputs, 'filter')];
  return convolutionsOn(backend).forward(
    backend,
    x,
    filter,
    convShape(x.shape, filter.shape, attributes, groupsOf(attributes)),
  );
});

const backpropInput = kernel((backend, inputs, attributes) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const inputShape = attributes['inputShape'] as number[];
  const shape = convShape(inputShape, filter.shape, attributes, groupsOf(attributes));
  return convolutionsOn(backend).inputGradient(backend, dy, filter, shape);
});

const backpropFilter = kernel((backend, inputs, attributes) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const filterShape = attributes['filterShape'] as number[];
  const shape = convShape(x.shape, filterShape, attributes, groupsOf(attributes));
  return convolutionsOn(backend).filterGradient(backend, x, dy, shape);
});

/** The convolutions of tfjs, for every shape. */
export const convKernels: Readonly<Record<string, KernelFunc>> = {
  Conv2D: forward,
  Conv2DBackpropInput: backpropInput,
  Conv2DBackpropFilter: backpropFilter,
};

/** The same with an attribute `groups`; see {@link file://../groupedConv.ts}. */
export const groupedConvKernels: Readonly<Record<string, KernelFunc>> = {
  GroupedConv2D: forward,
  GroupedConv2DBackpropInput: backpropInput,
  GroupedConv2DBackpropFilter: backpropFilter,
};
