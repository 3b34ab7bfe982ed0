import { describe, expect, it, vi } from 'vitest';
import { StudioError } from '../../shared/failure';
import { byteChanges, truncations } from '../../tests/mutations';
import { bmpOf, exifBlock, greyPalette, riff, riffChunk } from '../../tests/imageFiles';
import { decodeImage } from './registry';

/** A WebP of the browser's own, 40 x 20 pixels: left in one colour, right in black. */
async function webpOf(left: string, quality = 1): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(40, 20);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d context');
  context.fillStyle = '#000';
  context.fillRect(20, 0, 20, 20);
  context.fillStyle = left;
  context.fillRect(0, 0, 20, 20);
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality })).arrayBuffer());
}

/** How many of the files are refused; each must end in an image or a StudioError within two seconds. */
async function refusalsOf(files: Iterable<Uint8Array>): Promise<number> {
  let refused = 0;
  for (const bytes of files) {
    const start = performance.now();
    const outcome: unknown = await decodeImage(bytes, 'a').catch((error: unknown) => error);
    expect(performance.now() - start).toBeLessThan(10_000);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(StudioError);
    if (outcome instanceof StudioError) refused++;
  }
  return refused;
}

describe('BMP in the browser', () => {
  const colours = [1, 2, 3, 40, 50, 60, 250, 255, 0, 9, 8, 7];

  it.each([
    ['from the bottom up', 2],
    ['from the top down', -2],
  ])('of 24 bits is exact, with its rows %s', async (_, height) => {
    const image = await decodeImage(bmpOf({ width: 2, height, bits: 24, rgb: colours }), 'a.bmp');
    expect(image).toMatchObject({ width: 2, height: 2, channels: 3, bitDepth: 8 });
    expect([...image.samples]).toEqual(colours);
  });

  it('of a grey palette has one channel', async () => {
    const image = await decodeImage(
      bmpOf({ width: 2, height: 2, bits: 8, indices: [0, 7, 128, 255], palette: greyPalette }),
      'a',
    );
    expect(image).toMatchObject({ channels: 1, bitDepth: 8 });
    expect([...image.samples]).toEqual([0, 7, 128, 255]);
  });

  it('of a coloured palette has three', async () => {
    const palette = greyPalette.map((value, i) => (i === 7 * 4 ? 200 : value));
    const image = await decodeImage(bmpOf({ width: 2, height: 1, bits: 8, indices: [7, 9], palette }), 'a');
    expect([...image.samples]).toEqual([7, 7, 200, 9, 9, 9]);
  });

  it('is read or refused at once, whatever happens to its bytes', async () => {
    const bytes = bmpOf({ width: 8, height: 8, bits: 24, rgb: Array.from({ length: 192 }, (_, i) => i) });
    expect(await refusalsOf([...truncations(bytes, 60), ...byteChanges(bytes, 60)])).toBeGreaterThan(250);
  });
});

describe('WebP in the browser', () => {
  it('is decoded to RGB', async () => {
    const image = await decodeImage(await webpOf('#f00'), 'a.webp');
    expect(image).toMatchObject({ width: 40, height: 20, channels: 3, bitDepth: 8 });
    [254, 0, 0].forEach((value, channel) => {
      expect(Math.abs((image.samples[(10 * 40 + 5) * 3 + channel] ?? NaN) - value)).toBeLessThanOrEqual(4);
    });
  });

  it('is refused with transparent pixels, whose colours a browser changes', async () => {
    await expect(decodeImage(await webpOf('rgb(255 0 0 / 30%)'), 'a.webp')).rejects.toThrow(
      'a.webp is a WebP image with transparent pixels, which cannot be used.',
    );
  });

  it('is not turned by its orientation', async () => {
    const plain = await webpOf('#00f', 0.9);
    const pixels = riff.chunksOf(plain).filter(({ type }) => type.startsWith('VP8') && type !== 'VP8X');
    const turned = riff.fileOf([
      riffChunk('VP8X', [8, 0, 0, 0, 39, 0, 0, 19, 0, 0]),
      ...pixels.map(({ type, data }) => riffChunk(type, [...data])),
      riffChunk('EXIF', exifBlock(6, { bigEndian: true })),
    ]);
    const browser = vi.spyOn(globalThis, 'createImageBitmap');
    const image = await decodeImage(turned, 'a.webp');
    const given = await (browser.mock.calls[0]?.[0] as Blob).bytes();
    browser.mockRestore();
    // Chromium turns no WebP, other browsers do: none may see the EXIF.
    expect(riff.chunksOf(given).map(({ type, data }) => [type, data[0]])).toEqual([
      ['VP8X', 0],
      [pixels[0]?.type, pixels[0]?.data[0]],
      ['none', 0x4d],
    ]);
    expect(image).toMatchObject({ width: 40, height: 20, orientation: 6 });
    expect(image.samples).toEqual((await decodeImage(plain, 'a.webp')).samples);
  });

  it('is read or refused at once, whatever happens to its bytes', async () => {
    const bytes = await webpOf('#0f0', 0.5);
    expect(await refusalsOf([...truncations(bytes, 60), ...byteChanges(bytes, 60)])).toBeGreaterThan(250);
  });
});
