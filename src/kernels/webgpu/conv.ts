import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { allocate, gpuBackend, type GpuBackend } from './backend';
import { convFilterGradient, sumParts, type FilterGradientVariant } from './convFilterGradient';
import { convForward } from './convForward';
import { convInputGradient } from './convInputGradient';
import { convShape, unrollOf, type ConvShape } from './convShape';
import { dispatch } from './runner';
import { tuningOf } from './tuning';

/** Edge of a register tile: wide enough to reuse what is loaded, small enough to compile fast everywhere. */
const tile = 8;
/** Invocations of a workgroup. */
const workgroup = 16;

/** Tile edge over so many channels. */
const channelTile = (channels: number): number => (channels > 4 ? tile : 4);

const inFours = (channels: number): boolean => channels % 4 === 0;

const inOfGroup = ({ inChannels, groups }: ConvShape): number => inChannels / groups;
const outOfGroup = ({ outChannels, groups }: ConvShape): number => outChannels / groups;

const groupsFor = (invocations: number): number => Math.ceil(invocations / workgroup);

/** y = x * w; see {@link convForward}. */
export function runForward(backend: GpuBackend, x: TensorInfo, w: TensorInfo, shape: ConvShape): TensorInfo {
  const { batch, outHeight, outWidth, outChannels, groups, filterWidth } = shape;
  const y = allocate(backend, [batch, outHeight, outWidth, outChannels]);
  const channels = channelTile(outOfGroup(shape));
  const vectorInput = inFours(inOfGroup(shape));
  const run = groups === 1 && shape.dilationX === 1 ? filterWidth * shape.inChannels : inOfGroup(shape);
  const unroll = vectorInput ? 4 : unrollOf(run);
  const vectorOutput = inFours(outOfGroup(shape));
  const rows = Math.ceil((batch * outHeight * outWidth) / tile);
  dispatch(backend, convForward({ pixels: tile, channels, vectorInput, vectorOutput, unroll }), {
    outputs: [y],
    inputs: [x, w],
    dims: { ...shape },
    groups: groupsFor(rows * groups * Math.ceil(outOfGroup(shape) / channels)),
  });
  return y;
}

/** dx of x * w; see {@link convInputGradient}. */
export function runInputGradient(backend: GpuBackend, dy: TensorInfo, w: TensorInfo, shape: ConvShape): TensorInfo {
  const { batch, height, width, inChannels, groups, strideX, strideY } = shape;
  const dx = allocate(backend, [batch, height, width, inChannels]);
  const channels = channelTile(inOfGroup(shape));
  const vectorOutput = inFours(outOfGroup(shape));
  const unroll = vectorOutput ? 4 : unrollOf(outOfGroup(shape));
  const vectorInput = inFours(inOfGroup(shape));
  const pixelsOfPhase = batch * Math.ceil(height / strideY) * Math.ceil(width / strideX);
  dispatch(backend, convInputGradient({ pixels: tile, channels, vectorInput, vectorOutput, unroll }), {
    outputs: [dx],
    inputs: [dy, w],
    dims: { ...shape },
    groups: groupsFor(Math.ceil(pixelsOfPhase / tile) * groups * Math.ceil(inOfGroup(shape) / channels)),
    groupsZ: strideX * strideY,
  });
  return dx;
}

function filterVariant(shape: ConvShape): FilterGradientVariant {
  const perGroup = inOfGroup(shape);
  const vectorInput = inFours(perGroup);
  return {
    inputs: vectorInput && perGroup % tile !== 0 ? 4 : tile,
    outputs: channelTile(outOfGroup(shape)),
    vectorInput,
    vectorOutput: inFours(outOfGroup(shape)),
    unroll: 2,
  };
}

/** dw of x * w; see {@link convFilterGradient}. */
export function runFilterGradient(backend: GpuBackend, x: TensorInfo, dy: TensorInfo, shape: ConvShape): TensorInfo {
  const { filterHeight, filterWidth, outChannels, groups, batch, outHeight } = shape;
  const variant = filterVariant(shape);
  const tiles =
    groups *
    filterHeight *
    Math.ceil((filterWidth * inOfGroup(shape)) / variant.inputs) *
    Math.ceil(outOfGroup(shape) / variant.outputs);
  const { busyInvocations } = tuningOf(backend.device);
  const parts = Math.max(1, Math.min(batch * outHeight, Math.ceil(busyInvocations / tiles)));
  const filterShape = [filterHeight, filterWidth, inOfGroup(shape), outChannels];
  const size = filterShape.reduce((a, b) => a * b, 1);
  const partial = allocate(backend, parts === 1 ? filterShape : [parts, size]);
  dispatch(backend, convFilterGradient(variant), {
    outputs: [partial],
    inputs: [x, dy],
    dims: { ...shape, parts },
    groups: groupsFor(tiles * parts),
  });
  if (parts === 1) return partial;
  const total = allocate(backend, filterShape);
  dispatch(backend, sumParts, {
    outputs: [total],
    inputs: [partial],
    dims: { size, parts },
    groups: Math.ceil(size / 64),
  });
  backend.disposeData(partial.dataId);
  return total;
}

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
  return runForward(backend, x, filter, convShape(x.shape, filter.shape, attributes, groupsOf(attributes)));
});

const backpropInput = kernel((backend, inputs, attributes) => {
  const [dy, filter] = [input(inputs, 'dy'), input(inputs, 'filter')];
  const inputShape = attributes['inputShape'] as number[];
  return runInputGradient(backend, dy, filter, convShape(inputShape, filter.shape, attributes, groupsOf(attributes)));
});

const backpropFilter = kernel((backend, inputs, attributes) => {
  const [x, dy] = [input(inputs, 'x'), input(inputs, 'dy')];
  const filterShape = attributes['filterShape'] as number[];
  return runFilterGradient(backend, x, dy, convShape(x.shape, filterShape, attributes, groupsOf(attributes)));
});

/** The convolutions of tfjs, for every shape; with an attribute `groups` also the grouped ones. */
export const convKernels: Readonly<Record<string, KernelFunc>> = {
  Conv2D: forward,
  Conv2DBackpropInput: backpropInput,
  Conv2DBackpropFilter: backpropFilter,
};
