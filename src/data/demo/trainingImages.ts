import type { RawImage } from '../../formats/images/format';
import type { ImageRequest, ImageSet } from '../../shared/imageSet';
import type { Rng } from '../../shared/rng';
import { inputSize, preprocessing } from './network';
import { between } from './solid';
import { clamp } from './vector';

/** What happens to the colours of one image: channel c becomes `gain * ((1 - grey) * c + grey * luma) + offset`. */
interface Jitter {
  readonly gain: number;
  readonly offset: number;
  /** 0: as it is, 1: without colour. */
  readonly grey: number;
}

const unchanged: Jitter = { gain: 1, offset: 0, grey: 0 };

/** Share of the training images that lose their colour. */
const greyShare = 0.15;

/** A little contrast and brightness for every image, and no colour for some. */
function drawJitter(rng: Rng): Jitter {
  const gain = between(rng, 0.85, 1.15);
  return { gain, offset: (1 - gain) * 0.45 + between(rng, -0.05, 0.05), grey: rng.next() < greyShare ? 1 : 0 };
}

/** Writes one cut of an 8-bit RGB image, normalised, to `pixels` from `start` on. */
function cut(image: RawImage, request: ImageRequest, jitter: Jitter, pixels: Float32Array, start: number): void {
  const free = image.width - inputSize;
  const left = Math.round(request.view.x * free);
  const top = Math.round(request.view.y * free);
  const { samples } = image;
  for (let row = 0; row < inputSize; row++) {
    for (let column = 0; column < inputSize; column++) {
      const across = request.view.flip ? inputSize - 1 - column : column;
      const from = ((top + row) * image.width + left + across) * 3;
      const [red = 0, green = 0, blue = 0] = [samples[from], samples[from + 1], samples[from + 2]];
      const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
      const to = start + (row * inputSize + column) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const value = (1 - jitter.grey) * (samples[from + channel] ?? 0) + jitter.grey * luma;
        const shown = clamp((jitter.gain * value) / 255 + jitter.offset, 0, 1);
        pixels[to + channel] = (shown - (preprocessing.mean[channel] ?? 0)) / (preprocessing.std[channel] ?? 1);
      }
    }
  }
}

/**
 * RGB renders as the source model trains on them: cut, mirrored as asked for, normalised.
 *
 * @param images 8-bit RGB, all of the size of the pack
 * @param jitter with it, colours are drawn anew at every reading (grey and contrast: without them the model adapts far
 *   worse, because it leans on colour); null leaves them as they are
 */
export function trainingImages(images: readonly RawImage[], jitter: Rng | null): ImageSet {
  const length = inputSize * inputSize * 3;
  return {
    count: images.length,
    shape: [inputSize, inputSize, 3],
    read(requests) {
      const pixels = new Float32Array(requests.length * length);
      for (const [position, request] of requests.entries()) {
        const image = images[request.index];
        if (image === undefined) throw new RangeError(`There is no image ${request.index}.`);
        cut(image, request, jitter === null ? unchanged : drawJitter(jitter), pixels, position * length);
      }
      return Promise.resolve(pixels);
    },
  };
}
