import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { greyTiff, onePageTiff } from '../../tests/buildTiff';
import { byteChanges, handle, truncations } from '../../tests/mutations';
import { decodeImage } from './registry';
import { bandMeaning } from './tiffMetadata';
import type { RawImage } from './format';

const folder = join(import.meta.dirname, '..', 'fixtures', 'tiff');
const contentOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
const read = (name: string): Promise<RawImage> => decodeImage(contentOf(name), name);

interface Expected {
  readonly channels: number;
  readonly dtype: string;
  readonly sha256_le: string;
}

const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>;

describe('TIFF files of GDAL', () => {
  it.each(Object.entries(expected))('are read as GDAL reads them: %s', async (name, wanted) => {
    const { samples, channels, width, height } = await read(name);
    expect([width, height, channels]).toEqual([33, 20, wanted.channels]);
    expect(samples.constructor.name.replace('Array', '').toLowerCase()).toBe(wanted.dtype);
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(wanted.sha256_le);
  });

  it.each([
    ['LERC', 'f32-lerc-nan.tif'],
    ['LERC in Zstandard', 'f32-lerc-zstd.tif'],
    ['LERC in deflate', 'i16-lerc-deflate.tif'],
    ['Zstandard', 'u16-zstd-differences.tif'],
  ])('are read or refused in time and memory, whatever happens to their bytes: %s', async (_, name) => {
    const bytes = contentOf(name);
    const files = [...truncations(bytes, 64), ...byteChanges(bytes, bytes.length)];
    const handling = await handle(files, (damaged) => decodeImage(damaged, name));
    expect(handling.refused).toBeGreaterThan(400);
    expect(handling.milliseconds).toBeLessThan(2000);
    expect(handling.bytes).toBeLessThan(300 * 2 ** 20);
  });

  it('with LERC of another size or kind are refused before they are decoded', async () => {
    const file = contentOf('constant-lerc.tif');
    const start = new TextDecoder('latin1').decode(file).indexOf('Lerc2 ');
    // Behind the mark: version, checksum, height, width, depth, valid pixels, block size, then the length of the blob.
    const lerc = file.slice(start, start + new DataView(file.buffer).getUint32(start + 34, true));
    const fields = { ...greyTiff(33, 20, 16), compression: 34_887, lercParameters: [4, 0] };
    expect((await decodeImage(onePageTiff(fields, [lerc]), 'a.tif')).samples.every((value) => value === 7)).toBe(true);
    for (const change of [{ height: 21 }, { width: 32 }, { sampleFormat: 2 }, { bitsPerSample: 8 }])
      await expect(decodeImage(onePageTiff({ ...fields, ...change }, [lerc]), 'a.tif')).rejects.toThrow(
        'a.tif is a damaged TIFF image: strip or tile 0 of its pixel data ends early or is not LERC data.',
      );
    const inLzma = onePageTiff({ ...fields, lercParameters: [4, 9] }, [lerc]);
    await expect(decodeImage(inLzma, 'a.tif')).rejects.toThrow(/LERC inside of unknown \(9\) compression/);
  });
});

describe('what GDAL says of values', () => {
  it('is told, and the values are as stored', async () => {
    expect((await read('u16-millimetres.tif')).unit).toBe('millimetre');
    const scaled = await read('u16-scaled.tif');
    expect(scaled).not.toHaveProperty('unit');
    expect(scaled.notes).toEqual(['Values are as stored; the file says that 0.01 times a value minus 273.15 is degC.']);
  });

  const item = (name: string, value: string): string =>
    `<Item name="${name}" sample="0" role="${name}">${value}</Item>`;

  it.each([
    ['', {}],
    [item('UNITTYPE', 'K'), { unit: 'kelvin' }],
    [item('UNITTYPE', 'metre') + item('SCALE', '1') + item('OFFSET', '0'), { unit: 'metre' }],
    [item('UNITTYPE', 'm') + item('SCALE', '0.001'), { unit: 'millimetre' }],
    [item('UNITTYPE', 'ft'), { notes: ['The file says that values are in ft.'] }],
    [item('SCALE', '2'), { notes: ['Values are as stored; the file says that 2 times a value is what was measured.'] }],
    [item('SCALE', 'much'), {}],
    ['<Item name="UNITTYPE" sample="1" role="unittype">m</Item>', {}],
  ])('is read from %s', (xml, wanted) => {
    expect(bandMeaning(xml)).toEqual({ notes: [], ...wanted });
  });
});
