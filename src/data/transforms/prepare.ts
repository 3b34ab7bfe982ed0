import { colourMaps } from './colourMaps';
import { packImage } from './packed';
import { resizeImage } from './resize';
import { scaleImage } from './scaling';
import { encodeSurfaces } from './surfaces';
import { turnUpright } from './turning';
import type { ColourMap } from './colourMaps';
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

/** Colours of single-channel values; pixels without one stay without. */
function colourize({ width, height, values }: ScaledImage, colourMap: ColourMap): ScaledImage {
  const colours = new Float32Array(width * height * 3);
  for (let pixel = 0; pixel < values.length; pixel++) {
    const value = values[pixel] ?? NaN;
    if (Number.isNaN(value)) colours.fill(NaN, pixel * 3, pixel * 3 + 3);
    else colourMap(value, colours, pixel * 3);
  }
  return { width, height, channels: 3, values: colours };
}

/** Values that the resize left without one become 0, unless the recipe masks them. */
function closeHoles(image: ScaledImage, { holes }: ImageRecipe): ScaledImage {
  if (holes === 'mask') return image;
  return { ...image, values: image.values.map((value) => (Number.isNaN(value) ? 0 : value)) };
}

function encode(
  upright: RawImage,
  stored: RawImage,
  recipe: ImageRecipe,
  size: readonly [number, number],
): ScaledImage {
  const { encoding, resize } = recipe;
  const isMeasurement = upright.channels < 3;
  if (isMeasurement && (encoding.kind === 'normals' || encoding.kind === 'hha')) {
    return closeHoles(resizeImage(encodeSurfaces(upright, stored, recipe, encoding), ...size, resize), recipe);
  }
  const sized = closeHoles(resizeImage(scaleImage(upright, recipe), ...size, resize), recipe);
  if (!isMeasurement || (encoding.kind !== 'jet' && encoding.kind !== 'turbo')) return sized;
  return colourize(sized, colourMaps[encoding.kind]);
}

/**
 * What the recipe makes of an image, before it is packed: turned upright where the recipe applies EXIF, holes treated,
 * scaled to 0..1, resized, and encoded. Values are resized before they become colours; normals and HHA are made of depths
 * as they were measured, and resized then.
 * @param sizeOf `[height, width]` to resize to, from those of the upright image
 * @param networkChannels 1 or 3; a network of one channel gets the brightness of whatever has three
 * @returns values in 0..1 up to rounding, NaN where masked; one channel for single-channel images that are not encoded and
 * for networks that take one, else three
 * @throws StudioError `bad-setting` for full scale of floats
 */
export function encodeImage(
  image: RawImage,
  recipe: ImageRecipe,
  sizeOf: (height: number, width: number) => readonly [number, number],
  networkChannels: number,
): ScaledImage {
  const upright = recipe.orientation === 'apply' ? turnUpright(image) : image;
  const encoded = encode(upright, image, recipe, sizeOf(upright.height, upright.width));
  return networkChannels === 1 && encoded.channels === 3 ? toGrey(encoded) : encoded;
}

/**
 * Brings an image to the form that views are cut from, by a recipe (see `encodeImage`).
 * @param resize `[height, width]`
 * @throws StudioError `bad-setting` for full scale of floats
 */
export const prepareImage = (
  image: RawImage,
  recipe: ImageRecipe,
  resize: readonly [number, number],
  networkChannels: number,
): PackedImage => packImage(encodeImage(image, recipe, () => resize, networkChannels));
