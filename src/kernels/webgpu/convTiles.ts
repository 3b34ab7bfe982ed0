import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { GpuBackend } from './backend';
import { addParts, partialOf } from './convParts';
import { inFours, inOfGroup, outOfGroup, type ConvShape } from './convShape';
import { dispatch } from './runner';
import { sharedFilterGradient, sharedForward, sharedInputGradient, type SharedVariant } from './sharedConv';
import { cutProduct, type Cut } from './tiledProduct';
import { tuningOf } from './tuning';

function variantOf(shape: ConvShape, { tile }: Cut): SharedVariant {
  return { tile, vectorInput: inFours(inOfGroup(shape)), vectorOutput: inFours(outOfGroup(shape)) };
}

/** y = x * w; see {@link sharedForward}. */
export function tiledForward(backend: GpuBackend, x: TensorInfo, w: TensorInfo, shape: ConvShape): TensorInfo {
  const { batch, outHeight, outWidth, outChannels, filterHeight, filterWidth, groups } = shape;
  const product = {
    rows: batch * outHeight * outWidth,
    columns: outOfGroup(shape),
    depth: filterHeight * filterWidth * inOfGroup(shape),
    copies: groups,
  };
  const cut = cutProduct(product, tuningOf(backend.device).busyInvocations);
  const outputShape = [batch, outHeight, outWidth, outChannels];
  const y = partialOf(backend, outputShape, cut.parts);
  dispatch(backend, sharedForward(variantOf(shape, cut)), {
    outputs: [y],
    inputs: [x, w],
    dims: { ...shape, parts: cut.parts },
    groups: cut.groups * groups,
  });
  return addParts(backend, y, outputShape, cut.parts);
}

/** dx of x * w; see {@link sharedInputGradient}. */
export function tiledInputGradient(backend: GpuBackend, dy: TensorInfo, w: TensorInfo, shape: ConvShape): TensorInfo {
  const { batch, height, width, inChannels, filterHeight, filterWidth, groups, strideX, strideY } = shape;
  const phases = strideX * strideY;
  const product = {
    rows: batch * Math.ceil(height / strideY) * Math.ceil(width / strideX),
    columns: inOfGroup(shape),
    depth: Math.ceil((filterHeight * filterWidth) / phases) * outOfGroup(shape),
    copies: groups * phases,
  };
  const cut = cutProduct(product, tuningOf(backend.device).busyInvocations);
  const inputShape = [batch, height, width, inChannels];
  const dx = partialOf(backend, inputShape, cut.parts);
  dispatch(backend, sharedInputGradient(variantOf(shape, cut)), {
    outputs: [dx],
    inputs: [dy, w],
    dims: { ...shape, parts: cut.parts },
    groups: cut.groups * groups,
    groupsZ: phases,
  });
  return addParts(backend, dx, inputShape, cut.parts);
}

/** dw of x * w; see {@link sharedFilterGradient}. */
export function tiledFilterGradient(backend: GpuBackend, x: TensorInfo, dy: TensorInfo, shape: ConvShape): TensorInfo {
  const { batch, outHeight, outWidth, outChannels, filterHeight, filterWidth, groups } = shape;
  const product = {
    rows: filterHeight * filterWidth * inOfGroup(shape),
    columns: outOfGroup(shape),
    depth: batch * outHeight * outWidth,
    copies: groups,
  };
  const cut = cutProduct(product, tuningOf(backend.device).busyInvocations);
  const filterShape = [filterHeight, filterWidth, inOfGroup(shape), outChannels];
  const dw = partialOf(backend, filterShape, cut.parts);
  dispatch(backend, sharedFilterGradient(variantOf(shape, cut)), {
    outputs: [dw],
    inputs: [x, dy],
    dims: { ...shape, parts: cut.parts },
    groups: cut.groups * groups,
  });
  return addParts(backend, dw, filterShape, cut.parts);
}
