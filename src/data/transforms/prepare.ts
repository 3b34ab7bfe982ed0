import { fillHoles } from './holes';
import { packImage } from './packed';
import { resizeImage } from './resize';
import { scaleImage } from './scaling';
import type { PackedImage } from './packed';
import type { ScaledImage } from './scaling';
import type { RawImage } from '../../formats/images/format';
import type { ImageRecipe } from '../../shared/recipe';

/** Weights of red, green and blue in brightness (ITU-R BT.601), as Pillow makes grey pictures. */
const brightness = [0.299, 0.587, 0.114] as const;

function toGrey(image: ScaledImage): ScaledImage {
  const values = new Float32Array(image.width * image.height);
  for (let pixel = 0; pixel < values.length; pixel++) {
    let sum = 0;
    for (let channel = 0; channel < 3; channel++)
      sum += (brightness[channel] ?? 0) * (image.values[pixel * 3 + channel] ?? 0);
    values[pixel] = sum;
  }
  return { ...image, channels: 1, values };
}

/**
 * Brings an image to the form that views are cut from: holes treated, scaled to 0..1, resized.
 * @returns one channel for single-channel images and for networks that take one, else three
 */
export function prepareImage(
  image: RawImage,
  recipe: ImageRecipe,
  resize: readonly [number, number],
  networkChannels: number,
): PackedImage {
  const scaled = scaleImage(image, recipe, recipe.holes === 'nearest' ? fillHoles(image) : image);
  const fitting = networkChannels === 1 && scaled.channels === 3 ? toGrey(scaled) : scaled;
  return packImage(resizeImage(fitting, resize[0], resize[1]));
}
