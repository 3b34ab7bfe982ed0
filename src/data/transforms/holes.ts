import { readingTest } from '../readings';
import type { RawImage } from '../../formats/images/format';

/**
 * Fills missing readings (see `readingTest`) of a single-channel image with the nearest reading, counted in steps to the side, up or
 * down; equally near ones are decided by reading order. Colour images, images without holes and images of nothing
 * but holes come back as they are. Alpha is kept.
 */
export function fillHoles(image: RawImage): RawImage {
  const { width, height, channels } = image;
  if (channels > 2) return image;
  const samples = image.samples.slice();
  const isReading = readingTest(image);
  const isKnown = (pixel: number): boolean => isReading(samples[pixel * channels] ?? 0);
  const count = width * height;
  const queue = new Uint32Array(count);
  let end = 0;
  for (let pixel = 0; pixel < count; pixel++) if (isKnown(pixel)) queue[end++] = pixel;
  if (end === 0 || end === count) return image;
  const spread = (from: number, to: number): void => {
    if (isKnown(to)) return;
    samples[to * channels] = samples[from * channels] ?? 0;
    queue[end++] = to;
  };
  for (let start = 0; start < end; start++) {
    const pixel = queue[start] ?? 0;
    const x = pixel % width;
    if (x > 0) spread(pixel, pixel - 1);
    if (x < width - 1) spread(pixel, pixel + 1);
    if (pixel >= width) spread(pixel, pixel - width);
    if (pixel < count - width) spread(pixel, pixel + width);
  }
  return { ...image, samples };
}
