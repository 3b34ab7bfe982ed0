import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { memoryOf } from './memory';

/** The input positions under one pooling window, as indices of channel 0: `offsets[0..count)`. */
interface Window {
  readonly offsets: Int32Array;
  count: number;
}

type PoolInfo = ReturnType<typeof tf.backend_util.computePool2DInfo>;

/** Fills in the positions of the window of an output pixel that lie inside the image, row by row. */
function placeWindow(window: Window, info: PoolInfo, image: number, row: number, column: number): void {
  const top = row * info.strideHeight - info.padInfo.top;
  const left = column * info.strideWidth - info.padInfo.left;
  window.count = 0;
  for (let y = Math.max(0, top); y < Math.min(info.inHeight, top + info.filterHeight); y++) {
    for (let x = Math.max(0, left); x < Math.min(info.inWidth, left + info.filterWidth); x++) {
      window.offsets[window.count++] = ((image * info.inHeight + y) * info.inWidth + x) * info.inChannels;
    }
  }
}

/** Adds the dy of every channel of one output pixel to the first largest input of its window. */
function addToMaxima(
  { x, dy, dx }: { x: Float32Array; dy: Float32Array; dx: Float32Array },
  { offsets, count }: Window,
  { pixel, channels }: { pixel: number; channels: number },
): void {
  for (let channel = 0; channel < channels; channel++) {
    let best = (offsets[0] as number) + channel;
    for (let index = 1; index < count; index++) {
      const candidate = (offsets[index] as number) + channel;
      if ((x[candidate] as number) > (x[best] as number)) best = candidate;
    }
    dx[best] = (dx[best] as number) + (dy[pixel * channels + channel] as number);
  }
}

/** Adds a dy of every channel in equal parts to all inputs of its window. */
function addToAll(
  { dy, dx }: { dy: Float32Array; dx: Float32Array },
  { offsets, count }: Window,
  { pixel, channels }: { pixel: number; channels: number },
): void {
  for (let index = 0; index < count; index++) {
    const offset = offsets[index] as number;
    for (let channel = 0; channel < channels; channel++) {
      dx[offset + channel] = (dx[offset + channel] as number) + (dy[pixel * channels + channel] as number) / count;
    }
  }
}

/** The numbers of a pooling call. */
export function poolInfo(shape: readonly number[], attributes: NamedAttrMap | undefined): PoolInfo {
  return tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    attributes?.['filterSize'] as [number, number],
    attributes?.['strides'] as [number, number],
    1,
    attributes?.['pad'] as 'valid',
    attributes?.['dimRoundingMode'] as 'floor',
  );
}

/** dy, input -> gradient in the input: `add` spreads the dy of one output pixel over its window. */
function poolGrad(add: typeof addToMaxima): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    const info = poolInfo(input.shape, attrs);
    const { allocate, view } = memoryOf(backend);
    const gradient = allocate(input.shape);
    const arrays = { x: view(input), dy: view(dy), dx: view(gradient).fill(0) };
    const window: Window = { offsets: new Int32Array(info.filterHeight * info.filterWidth), count: 0 };
    let pixel = 0;
    for (let image = 0; image < info.batchSize; image++) {
      for (let row = 0; row < info.outHeight; row++) {
        for (let column = 0; column < info.outWidth; column++, pixel++) {
          placeWindow(window, info, image, row, column);
          if (window.count > 0) add(arrays, window, { pixel, channels: info.inChannels });
        }
      }
    }
    return gradient;
  };
}

/**
 * `MaxPoolGrad`: dy, input -> gradient in the input. (The one of tfjs-backend-wasm is wrong where windows overlap.)
 * Of several equal maxima the first gets the gradient, as on the other backends.
 */
export const maxPoolGrad = poolGrad(addToMaxima);

/**
 * `AvgPoolGrad`: dy, input -> gradient in the input. (Those of tfjs divide by the whole window also where a part of it
 * lies in the padding, which the average leaves out.)
 */
export const avgPoolGrad = poolGrad(addToAll);
