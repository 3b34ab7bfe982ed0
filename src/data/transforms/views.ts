import { fullPacked, maskedPacked } from './packed';
import type { PackedImage } from './packed';
import type { Preprocessing } from '../../formats/models/format';
import type { View } from '../../shared/imageSet';

/**
 * First pixel of a crop with `free` pixels to spare. All `free + 1` places are equally likely for a uniform position.
 * The centre of an odd border rounds down: 4 of 9, where torchvision's CenterCrop (which rounds halves to even) cuts too.
 */
const offsetOf = (position: number, free: number): number => Math.max(0, Math.ceil(position * (free + 1)) - 1);

/**
 * Cuts one view out of a prepared image and normalises it: `(value - mean) / std` per channel, and exactly 0 where the
 * image is masked. A single channel is repeated when the network takes three.
 * @param shape `[height, width, channels]` of the view, no larger than the image; 1 channel (of a single-channel image)
 * or 3
 * @param out `height * width * channels` numbers, row-major, filled here
 */
export function writeView(
  image: PackedImage,
  view: View,
  [height, width, channels]: readonly [number, number, number],
  { mean, std }: Preprocessing,
  out: Float32Array,
): void {
  const left = offsetOf(view.x, image.width - width);
  const top = offsetOf(view.y, image.height - height);
  const { values } = image;
  const pixelStep = view.flip ? -image.channels : image.channels;
  const [green, blue] = image.channels === 1 ? [0, 0] : [1, 2];
  const [slope0, slope1, slope2] = [1 / (std[0] * fullPacked), 1 / (std[1] * fullPacked), 1 / (std[2] * fullPacked)];
  const [base0, base1, base2] = [mean[0] / std[0], mean[1] / std[1], mean[2] / std[2]];
  let target = 0;
  for (let y = 0; y < height; y++) {
    let source = ((top + y) * image.width + left + (view.flip ? width - 1 : 0)) * image.channels;
    for (let x = 0; x < width; x++, source += pixelStep, target += channels) {
      const first = values[source] ?? 0;
      out[target] = first * slope0 - base0;
      if (channels === 3) {
        out[target + 1] = (values[source + green] ?? 0) * slope1 - base1;
        out[target + 2] = (values[source + blue] ?? 0) * slope2 - base2;
      }
      if (first === maskedPacked) out.fill(0, target, target + channels);
    }
  }
}
