import { encode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greyTiff, onePageTiff } from '../../tests/buildTiff';
import { exifBlock, exifSegment } from '../../tests/imageFiles';
import { crc32 } from '../crc32';
import { exifOrientation } from './exif';
import { decodeImage } from './registry';

const both = [false, true].flatMap((bigEndian) =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => [orientation, bigEndian ? 'big' : 'little', bigEndian] as const),
);

/** A PNG of two pixels with an eXIf chunk behind its header. */
function pngWith(block: readonly number[]): Uint8Array {
  const png = encode({ width: 2, height: 1, channels: 1, depth: 8, data: Uint8Array.of(7, 9) });
  const chunk = new Uint8Array(12 + block.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, block.length);
  chunk.set(new TextEncoder().encode('eXIf'), 4);
  chunk.set(block, 8);
  view.setUint32(8 + block.length, crc32(chunk.subarray(4, 8 + block.length)));
  return Uint8Array.from([...png.subarray(0, 33), ...chunk, ...png.subarray(33)]);
}

describe('the orientation of an image', () => {
  it.each(both)('%i is told in %s endian, and its pixels are as stored', async (orientation, _, bigEndian) => {
    const block = exifBlock(orientation, { bigEndian });
    const field = orientation === 1 ? {} : { orientation };
    const plain = { width: 2, height: 1, channels: 1, bitDepth: 8, samples: Uint8Array.of(7, 9) };
    expect(await decodeImage(pngWith(block), 'a.png')).toEqual({ ...plain, ...field });
    const tiff = onePageTiff({ ...greyTiff(2, 1, 8), orientation }, [plain.samples], { bigEndian });
    expect(await decodeImage(tiff, 'a.tif')).toEqual({ ...plain, ...field });
    expect(exifOrientation(Uint8Array.from(block))).toBe(orientation);
    // As JPEG has it and some writers of WebP: with a mark before it.
    expect(exifOrientation(Uint8Array.from(exifSegment(block).slice(4)))).toBe(orientation);
  });

  it.each([0, 9, 255])('is none when it is %i, which does not exist', async (orientation) => {
    expect(exifOrientation(Uint8Array.from(exifBlock(orientation)))).toBeNull();
    const tiff = onePageTiff({ ...greyTiff(1, 1, 8), orientation }, [Uint8Array.of(7)]);
    expect(await decodeImage(tiff, 'a.tif')).not.toHaveProperty('orientation');
  });

  it('is none or one of eight whatever a block holds', () => {
    const edits = fc.array(fc.tuple(fc.nat(31), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(26), (changes, length) => {
        const block = Uint8Array.from(exifBlock(6));
        for (const [at, value] of changes) if (at < block.length) block[at] = value;
        const orientation = exifOrientation(block.subarray(0, length));
        expect([null, 1, 2, 3, 4, 5, 6, 7, 8]).toContain(orientation);
      }),
    );
  });
});
