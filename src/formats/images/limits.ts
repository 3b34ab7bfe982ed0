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
