import { createNetwork } from '../../networks/network';
import type { Network } from '../../networks/network';
import { centerView } from '../../shared/imageSet';
import type { ImageRequest, ImageSet } from '../../shared/imageSet';
import { goldenNetwork } from '../goldenNetwork';
import type { GoldenArray, GoldenWeights } from '../goldenNetwork';

/** Images `[count, height, width, channels]` as they are; views do nothing. */
export function imagesOf({ shape, data }: GoldenArray): ImageSet {
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  const size = height * width * channels;
  const read = (requests: readonly ImageRequest[]): Promise<Float32Array> =>
    Promise.resolve(Float32Array.from(requests.flatMap(({ index }) => data.slice(index * size, (index + 1) * size))));
  return { count, shape: [height, width, channels], read };
}

export function openNetworks(
  net: readonly GoldenWeights[],
  images: GoldenArray,
  strides?: readonly [number, number],
): Network[] {
  return net.map((values) => {
    const { spec, weights } = goldenNetwork(values, images.shape.slice(1) as [number, number, number], strides);
    return createNetwork(spec, weights);
  });
}

export const centered = (count: number): ImageRequest[] =>
  Array.from({ length: count }, (_, index) => ({ index, view: centerView }));

export const startOf = (raw: readonly number[]) => ({ raw, discriminator: null });

/** Euclidean norm. */
export const normOf = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
