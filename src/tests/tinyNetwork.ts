import type { ImageSet } from '../shared/imageSet';
import type { Rng } from '../shared/rng';
import { createNetwork } from '../networks/network';
import type { Network } from '../networks/network';
import { goldenNetwork } from './goldenNetwork';
import type { GoldenArray } from './goldenNetwork';

/** Edge length of the tiny network's square images. */
const edge = 6;

/** A random network of a few hundred parameters with three batch-norm layers: 6x6x3 images, 3 classes, 4 features. */
export function tinyNetwork(rng: Rng): Network {
  const random = (shape: readonly number[], around = 0): GoldenArray => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { shape, data: Array.from({ length: size }, () => around + 0.4 * rng.normal()) };
  };
  const batchNorm = (name: string, channels: number): [string, GoldenArray][] => [
    [`${name}.weight`, random([channels], 1)],
    [`${name}.bias`, random([channels])],
    [`${name}.running_mean`, random([channels])],
    [`${name}.running_var`, { shape: [channels], data: Array.from({ length: channels }, () => 0.5 + rng.next()) }],
  ];
  const weights = Object.fromEntries([
    ['F.conv1.weight', random([3, 3, 3, 4])],
    ...batchNorm('F.bn1', 4),
    ['F.conv2.weight', random([3, 3, 4, 5])],
    ...batchNorm('F.bn2', 5),
    ['B.bottleneck.weight', random([5, 4])],
    ['B.bottleneck.bias', random([4])],
    ...batchNorm('B.bn', 4),
    ['C.fc.weight_v', random([4, 3])],
    ['C.fc.weight_g', random([3], 1)],
    ['C.fc.bias', random([3])],
  ]);
  const { spec, weights: values } = goldenNetwork(weights, [edge, edge, 3]);
  return createNetwork(spec, values);
}

/** Random images for the tiny network. Mirroring and the horizontal cut change what is read, as real views do. */
export function tinyImages(count: number, rng: Rng, offset = 0): ImageSet {
  const size = edge * edge * 3;
  const pixels = Float32Array.from({ length: count * size }, () => offset + rng.normal());
  return {
    count,
    shape: [edge, edge, 3],
    read: (requests) => {
      const result = new Float32Array(requests.length * size);
      requests.forEach(({ index, view }, at) => {
        const image = pixels.subarray(index * size, (index + 1) * size);
        const shift = 3 * Math.round((view.x - 0.5) * 4);
        for (let i = 0; i < size; i++) {
          const from = (i + shift + size) % size;
          result[at * size + i] = image[view.flip ? size - 1 - from : from] ?? 0;
        }
      });
      return Promise.resolve(result);
    },
  };
}
