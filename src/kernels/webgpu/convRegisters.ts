import type { TensorInfo } from '@tensorflow/tfjs-core';
import { allocate, type GpuBackend } from './backend';
import { addParts, partialOf } from './convParts';
import { convFilterGradient, type FilterGradientVariant } from './convFilterGradient';
import { convForward } from './convForward';
import { convInputGradient } from './convInputGradient';
import { inFours, inOfGroup, outOfGroup, unrollOf, type ConvShape } from './convShape';
import { dispatch } from './runner';
import { tuningOf } from './tuning';

/** Edge of a register tile: wide enough to reuse what is loaded, small enough to compile fast everywhere. */
const tile = 8;
/** Invocations of a workgroup. */
const workgroup = 16;

/** Tile edge over so many channels. */
const channelTile = (channels: number): number => (channels > 4 ? tile : 4);

const groupsFor = (invocations: number): number => Math.ceil(invocations / workgroup);

/** y = x * w; see {@link convForward}. */
export function registerForward(backend: GpuBackend, x: TensorInfo, w: TensorInfo, shape: ConvShape): TensorInfo {
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
export function registerInputGradient(
  backend: GpuBackend,
  dy: TensorInfo,
  w: TensorInfo,
  shape: ConvShape,
): TensorInfo {
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
export function registerFilterGradient(
  backend: GpuBackend,
  x: TensorInfo,
  dy: TensorInfo,
  shape: ConvShape,
): TensorInfo {
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
  const partial = partialOf(backend, filterShape, parts);
  dispatch(backend, convFilterGradient(variant), {
    outputs: [partial],
    inputs: [x, dy],
    dims: { ...shape, parts },
    groups: groupsFor(tiles * parts),
  });
  return addParts(backend, partial, filterShape, parts);
}
