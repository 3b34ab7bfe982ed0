import { StudioError } from '../../shared/failure';
import { damagedImage, unsupportedImage } from './refusals';
import type { RawImage } from './format';

/** A file whose header was read and found sound, for the browser to decode. */
export interface BrowserImage {
  readonly content: Uint8Array<ArrayBuffer>;
  /** MIME type. */
  readonly type: string;
  /** As the header says. */
  readonly width: number;
  readonly height: number;
  /** What to keep of RGBA: the first 1, or 3. */
  readonly channels: 1 | 3;
}

/** Keeps the first `channels` of RGBA. */
function dropChannels(rgba: Uint8ClampedArray, channels: 1 | 3): Uint8Array {
  const samples = new Uint8Array((rgba.length / 4) * channels);
  for (let source = 0, target = 0; source < rgba.length; source += 4) {
    for (let channel = 0; channel < channels; channel++) samples[target++] = rgba[source + channel] ?? 0;
  }
  return samples;
}

/** Whether any pixel is not opaque. */
function isTransparent(rgba: Uint8ClampedArray): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return true;
  return false;
}

/** @throws StudioError `unsupported-format` where there is no browser to decode */
function requireBrowser(kind: string, name: string): void {
  if (typeof createImageBitmap === 'function' && typeof OffscreenCanvas === 'function') return;
  throw new StudioError({
    code: 'unsupported-format',
    message: `${name} is a ${kind}, which only a browser decodes, and there is none here.`,
    remedy: 'Look at it with "npm run image", which opens a browser, or convert it to PNG.',
  });
}

/**
 * Decodes an opaque 8-bit image with the browser's own decoder, without colour management.
 * @param kind for messages: `JPEG image`
 * @throws StudioError `damaged-file`, or `unsupported-format` without a browser, and where pixels are transparent: a browser
 * gives their colours only after a multiplication by their opacity
 */
export async function decodeInBrowser(
  { content, type, width, height, channels }: BrowserImage,
  kind: string,
  name: string,
): Promise<RawImage> {
  requireBrowser(kind, name);
  const options: ImageBitmapOptions = {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
    imageOrientation: 'from-image',
  };
  const bitmap = await createImageBitmap(new Blob([content], { type }), options).catch((error: unknown) => {
    throw damagedImage(
      kind,
      name,
      `the browser cannot decode its pixel data (${error instanceof Error ? error.message : String(error)})`,
    );
  });
  try {
    if (bitmap.width !== width || bitmap.height !== height)
      throw damagedImage(kind, name, 'its pixel data do not have the size of its header');
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('OffscreenCanvas has no 2d context');
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    if (isTransparent(rgba))
      throw unsupportedImage(kind, name, 'transparent pixels', 'Save it as PNG, or without transparency.');
    return { width, height, channels, bitDepth: 8, samples: dropChannels(rgba, channels) };
  } finally {
    bitmap.close();
  }
}
