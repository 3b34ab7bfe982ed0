import { StudioError } from '../../shared/failure';

const maxSide = 16_384;
const maxPixels = 64 * 1024 * 1024;
const maxDecodedBytes = 256 * 1024 * 1024;

/**
 * Refuses images that are too large before anything is allocated for them.
 * @param pixelBytes bytes of one decoded pixel
 * @throws StudioError `too-large`
 */
export function checkSize(width: number, height: number, pixelBytes: number, name: string): void {
  const fits = width <= maxSide && height <= maxSide && width * height <= maxPixels;
  if (fits && width * height * pixelBytes <= maxDecodedBytes) return;
  throw new StudioError({
    code: 'too-large',
    message: `${name} is too large: ${String(width)}x${String(height)} pixels.`,
    remedy: 'Use images of at most 16384 pixels a side, 64 million pixels and 256 MB when decoded.',
  });
}

/** The ratio of zip archives, and from where on it counts: an image of one colour may shrink to nearly nothing. */
const maxRatio = 200;
const unboundedBytes = 64 * 1024 * 1024;

/**
 * Refuses files that would grow without measure when they are unpacked, before that is begun. No picture of a camera
 * comes near the ratio; deflate allows a thousand, Zstandard 32,768, and LERC any.
 * @param unpackedBytes of all pixel data, or of all samples, whichever is more
 * @param fileBytes length of the whole file
 * @throws StudioError `too-large`
 */
export function checkGrowth(unpackedBytes: number, fileBytes: number, name: string): void {
  if (unpackedBytes <= unboundedBytes || unpackedBytes <= maxRatio * fileBytes) return;
  throw new StudioError({
    code: 'too-large',
    message: `${name} unpacks to more than ${maxRatio} times its size, as a decompression bomb does.`,
    remedy: 'Get it again from its source, save it without compression, or leave it out.',
  });
}
