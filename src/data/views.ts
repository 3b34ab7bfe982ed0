import type { ScaledImage } from './scaling';
import type { Preprocessing } from '../formats/models/format';
import type { View } from '../shared/imageSet';

/**
 * Cuts one view out of a prepared image and normalises it: `(value - mean) / std` per channel. A single channel is
 * repeated when the network takes three.
 * @param shape `[height, width, channels]` of the view, no larger than the image
 * @param out `height * width * channels` numbers, row-major, filled here
 */
export function writeView(
  image: ScaledImage,
  view: View,
  [height, width, channels]: readonly [number, number, number],
  { mean, std }: Preprocessing,
  out: Float32Array,
): void {
  const left = Math.round(view.x * (image.width - width));
  const top = Math.round(view.y * (image.height - height));
  const { values } = image;
  const pixelStep = view.flip ? -image.channels : image.channels;
  for (let channel = 0; channel < channels; channel++) {
    const [channelMean, channelStd] = [mean[channel] ?? 0, std[channel] ?? 1];
    const sourceChannel = image.channels === 1 ? 0 : channel;
    for (let y = 0; y < height; y++) {
      let source = ((top + y) * image.width + left + (view.flip ? width - 1 : 0)) * image.channels + sourceChannel;
      let target = y * width * channels + channel;
      for (let x = 0; x < width; x++, source += pixelStep, target += channels) {
        out[target] = ((values[source] ?? 0) - channelMean) / channelStd;
      }
    }
  }
}
