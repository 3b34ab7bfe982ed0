import { describe, expect, it } from 'vitest';
import { exifBlock, exifSegment } from '../../tests/imageFiles';
import { decodeImage } from './registry';

/** A JPEG of a picture that is red on the left and blue on the right, twice as wide as high. */
async function redAndBlue(): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(64, 32);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d context');
  context.fillStyle = '#f00';
  context.fillRect(0, 0, 32, 32);
  context.fillStyle = '#00f';
  context.fillRect(32, 0, 32, 32);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
  return new Uint8Array(await blob.arrayBuffer());
}

/** The same file with an EXIF segment. */
const turned = (jpeg: Uint8Array, orientation = 6, bigEndian = true): Uint8Array =>
  Uint8Array.from([0xff, 0xd8, ...exifSegment(exifBlock(orientation, { bigEndian })), ...jpeg.subarray(2)]);

describe('JPEG in the browser', () => {
  it('decodes to RGB', async () => {
    const image = await decodeImage(await redAndBlue(), 'a.jpg');
    expect(image).toMatchObject({ width: 64, height: 32, channels: 3, bitDepth: 8 });
    const pixel = (x: number, y: number): number[] => [
      ...image.samples.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3),
    ];
    [254, 0, 0].forEach((value, channel) => {
      expect(Math.abs((pixel(5, 16)[channel] ?? NaN) - value)).toBeLessThanOrEqual(3);
    });
    [0, 0, 254].forEach((value, channel) => {
      expect(Math.abs((pixel(60, 16)[channel] ?? NaN) - value)).toBeLessThanOrEqual(3);
    });
  });

  it('is not turned by its EXIF orientation, as PyTorch does not turn it', async () => {
    const bytes = await redAndBlue();
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(turned(bytes))], { type: 'image/jpeg' }));
    expect([bitmap.width, bitmap.height]).toEqual([32, 64]); // the browser alone would turn it
    bitmap.close();
    const [plain, exif] = [await decodeImage(bytes, 'a.jpg'), await decodeImage(turned(bytes), 'b.jpg')];
    expect([exif.width, exif.height]).toEqual([64, 32]);
    expect(exif.samples).toEqual(plain.samples);
    expect([plain.orientation, exif.orientation]).toEqual([undefined, 6]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('tells orientation %i and keeps its pixels as stored', async (orientation) => {
    const bytes = await redAndBlue();
    const plain = await decodeImage(bytes, 'a.jpg');
    for (const bigEndian of [true, false]) {
      const image = await decodeImage(turned(bytes, orientation, bigEndian), 'a.jpg');
      expect(image).toEqual(orientation === 1 ? plain : { ...plain, orientation });
    }
  });

  it('refuses a truncated file', async () => {
    const bytes = await redAndBlue();
    await expect(decodeImage(bytes.subarray(0, bytes.length / 2), 'half.jpg')).rejects.toThrow(
      /^half\.jpg is a damaged JPEG image/,
    );
  });
});
