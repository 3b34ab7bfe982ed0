import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { memoryOf } from './memory';

/** The two input positions that an output position is mixed from, and the second one's share. */
interface Sample {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Where the output positions of an axis are sampled, with corners not aligned and pixels at their corners. */
function samplesOf(input: number, output: number, bilinear: boolean): readonly Sample[] {
  return Array.from({ length: output }, (_, index) => {
    const position = (index * input) / output;
    const low = Math.floor(position);
    if (!bilinear) return { low: Math.min(low, input - 1), high: 0, share: 0 };
    return { low, high: Math.min(low + 1, input - 1), share: position - low };
  });
}

function addScaled(
  { from, to }: { from: Float32Array; to: Float32Array },
  { source, target, channels, factor }: { source: number; target: number; channels: number; factor: number },
): void {
  if (factor === 0) return;
  for (let channel = 0; channel < channels; channel++) {
    to[target + channel] = (to[target + channel] as number) + factor * (from[source + channel] as number);
  }
}

function refuseOtherSampling(attributes: NamedAttrMap | undefined): void {
  if (attributes?.['alignCorners'] === true || attributes?.['halfPixelCenters'] === true) {
    throw new Error('Gradients of resizing with aligned corners or half-pixel centres are not there.');
  }
}

function resizeGradient(bilinear: boolean): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    refuseOtherSampling(attrs);
    const { dy, images } = inputs as { dy: TensorInfo; images: TensorInfo };
    const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
    const [, outHeight = 0, outWidth = 0] = dy.shape;
    const { allocate, view } = memoryOf(backend);
    const gradient = allocate(images.shape);
    const arrays = { from: view(dy), to: view(gradient).fill(0) };
    const [rows, columns] = [samplesOf(height, outHeight, bilinear), samplesOf(width, outWidth, bilinear)];
    let source = 0;
    for (let image = 0; image < batch; image++) {
      const add = (row: number, column: number, factor: number): void => {
        const target = ((image * height + row) * width + column) * channels;
        addScaled(arrays, { source, target, channels, factor });
      };
      for (const row of rows) {
        for (const column of columns) {
          add(row.low, column.low, (1 - row.share) * (1 - column.share));
          add(row.low, column.high, (1 - row.share) * column.share);
          add(row.high, column.low, row.share * (1 - column.share));
          add(row.high, column.high, row.share * column.share);
          source += channels;
        }
      }
    }
    return gradient;
  };
}

/**
 * `ResizeNearestNeighborGrad` and `ResizeBilinearGrad`: dy, images -> gradient in the images. (Those of
 * tfjs-backend-cpu exchange height and width in the result.)
 */
export const resizeNearestNeighborGrad = resizeGradient(false);
export const resizeBilinearGrad = resizeGradient(true);
