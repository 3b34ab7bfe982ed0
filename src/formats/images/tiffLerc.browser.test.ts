import { describe, expect, it } from 'vitest';
import { greyTiff, onePageTiff } from '../../tests/buildTiff';
import { decodeImage } from './registry';

/** A blob of LERC for 33 x 20 numbers of 16 bits that are all 7, as GDAL writes it. */
const constant =
  '4c657263322004000000c33383d314000000210000000100000094020000080000004600000003000000000000000000e03f0000000000001c400000000000001c4000000000';

describe('LERC in the browser', () => {
  it('gets its decoder from the own origin and decodes', async () => {
    const blob = Uint8Array.from(constant.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    const tiff = onePageTiff({ ...greyTiff(33, 20, 16), compression: 34_887, lercParameters: [4, 0] }, [blob]);
    const { samples } = await decodeImage(tiff, 'a.tif');
    expect(samples).toEqual(new Uint16Array(33 * 20).fill(7));
  });
});
