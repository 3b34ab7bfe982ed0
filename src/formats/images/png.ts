import { orientationField } from './exif';
import { checkGrowth } from './limits';
import { damagedPng, looksLikePng, readPngChunks } from './pngChunks';
import { decodePngPixels } from './pngPixels';
import type { PngChunks } from './pngChunks';
import type { ImageFormat, RawImage } from './format';

/** Replaces palette indices by 8-bit RGB, or RGBA when a palette entry is not opaque. */
function expandPalette(indices: Uint8Array | Uint16Array, chunks: PngChunks, name: string): RawImage {
  const { header, paletteAlpha } = chunks;
  const colours = chunks.paletteColours ?? new Uint8Array(0);
  const entries = colours.length / 3;
  const channels = paletteAlpha ? 4 : 3;
  const samples = new Uint8Array(indices.length * channels);
  for (let pixel = 0; pixel < indices.length; pixel++) {
    const index = indices[pixel] ?? 0;
    if (index >= entries)
      throw damagedPng(name, `a pixel names colour ${String(index)} of a palette of ${String(entries)}`);
    for (let channel = 0; channel < 3; channel++)
      samples[pixel * channels + channel] = colours[index * 3 + channel] ?? 0;
    if (paletteAlpha) samples[pixel * 4 + 3] = paletteAlpha[index] ?? 255;
  }
  return { width: header.width, height: header.height, channels, bitDepth: 8, samples };
}

function decodePng(bytes: Uint8Array, name: string): RawImage {
  const chunks = readPngChunks(bytes, name);
  const { width, height, channels, bitDepth, palette } = chunks.header;
  const samplesPerPixel = palette ? (chunks.paletteAlpha ? 4 : 3) : channels;
  checkGrowth((width * height * samplesPerPixel * Math.max(8, bitDepth)) / 8, bytes.length, name);
  const samples = decodePngPixels(chunks.header, chunks.pixelData, name);
  const image = palette ? expandPalette(samples, chunks, name) : { width, height, channels, bitDepth, samples };
  return { ...image, ...orientationField(chunks.orientation) };
}

/**
 * PNG (W3C, third edition): every colour type and bit depth, samples exactly as stored; gamma and colour profiles
 * are not applied. Written here rather than left to a package because sensor data must not be read past a wrong
 * checksum, and a small file must not be able to inflate without limit.
 */
export const png: ImageFormat = {
  label: 'PNG',
  extensions: ['png'],
  matches: looksLikePng,
  decode: (bytes, name) =>
    new Promise((resolve) => {
      resolve(decodePng(bytes, name));
    }),
};
