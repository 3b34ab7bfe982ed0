/** A grid of pixels with interleaved channels. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/**
 * Gives every pixel that has no value the values of the nearest pixel that has, counted in steps to the side, up or down;
 * equally near ones are decided by reading order. Where no pixel has a value, nothing changes.
 * @param samples row-major, channels interleaved; changed in place
 * @param filled how many channels of a pixel are filled, from the first: alpha stays
 * @param isKnown by the first channel of a pixel
 */
export function fillNearest(
  samples: { [at: number]: number },
  { width, height, channels }: Pixels,
  filled: number,
  isKnown: (first: number) => boolean,
): void {
  const count = width * height;
  const known = new Uint8Array(count);
  const queue = new Uint32Array(count);
  let end = 0;
  for (let pixel = 0; pixel < count; pixel++) {
    if (!isKnown(samples[pixel * channels] ?? 0)) continue;
    known[pixel] = 1;
    queue[end++] = pixel;
  }
  if (end === 0 || end === count) return;
  const spread = (from: number, to: number): void => {
    if (known[to] === 1) return;
    known[to] = 1;
    for (let channel = 0; channel < filled; channel++) {
      samples[to * channels + channel] = samples[from * channels + channel] ?? 0;
    }
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
}
