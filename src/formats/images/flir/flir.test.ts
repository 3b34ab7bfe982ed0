import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../shared/failure';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import { crc32 } from '../../crc32';
import { readJpegHeader } from '../jpegHeader';
import { decodeImage } from '../registry';
import { readCounts } from './counts';
import { readFlirImage } from './flir';
import { readFlirRecords } from './records';

const [width, height] = [6, 4];
/** A scene: neighbours differ little, as in every thermal image. */
const counts = Uint16Array.from({ length: width * height }, (_, i) => 16_700 + i * 7);

type Numbers = Readonly<Record<number, number>>;

/** Offsets of the camera record, with the values of an AX8. */
const camera: Numbers = {
  0x20: 0.95, 0x24: 1, 0x28: 293.15, 0x2c: 293.15, 0x30: 293.15, 0x34: 1, 0x3c: 0.5,
  0x58: 16951.796875, 0x5c: 1435.1, 0x60: 1,
  0x70: 0.006569, 0x74: 0.01262, 0x78: -0.002276, 0x7c: -0.00667, 0x80: 1.9, 0x30c: 0.0142948674,
}; // prettier-ignore

function cameraRecord(changes: Numbers): Uint8Array {
  const view = new DataView(new ArrayBuffer(0x310));
  view.setUint16(0, 2, true);
  for (const [offset, value] of Object.entries({ ...camera, ...changes })) view.setFloat32(Number(offset), value, true);
  view.setInt32(0x308, -7142, true);
  return new Uint8Array(view.buffer);
}

function countsRecord(pixels: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(32 + pixels.length);
  const view = new DataView(bytes.buffer);
  [2, width, height].forEach((value, i) => view.setUint16(i * 2, value, true));
  bytes.set(pixels, 32);
  return bytes;
}

/** APP1 segments of a block with these records, in pieces of `piece` bytes. */
function segmentsOf(records: readonly (readonly [number, Uint8Array])[], piece = 60_000): Uint8Array[] {
  const directory = 64;
  let offset = directory + records.length * 32;
  const block = new Uint8Array(offset + records.reduce((sum, [, record]) => sum + record.length, 0));
  const view = new DataView(block.buffer);
  block.set(new TextEncoder().encode('FFF\0'));
  view.setUint32(20, 100);
  view.setUint32(24, directory);
  view.setUint32(28, records.length);
  records.forEach(([type, record], i) => {
    view.setUint16(directory + i * 32, type);
    view.setUint32(directory + i * 32 + 12, offset);
    view.setUint32(directory + i * 32 + 16, record.length);
    block.set(record, offset);
    offset += record.length;
  });
  const last = Math.ceil(block.length / piece) - 1;
  return Array.from({ length: last + 1 }, (_, i) =>
    Uint8Array.of(...new TextEncoder().encode('FLIR\0'), 1, i, last, ...block.subarray(i * piece, (i + 1) * piece)),
  );
}

const raw = new Uint8Array(counts.slice().buffer);
const swap = (samples: Uint16Array): Uint16Array => samples.map((value) => ((value & 255) << 8) | (value >> 8));
const pngOf = (data: Uint16Array): Uint8Array => encode({ width, height, channels: 1, depth: 16, data });
const blockOf = (pixels: Uint8Array, changes: Numbers = {}): Uint8Array[] =>
  segmentsOf([
    [1, countsRecord(pixels)],
    [0x20, cameraRecord(changes)],
  ]);

function failureOf(segments: readonly Uint8Array[]): StudioError['failure'] {
  try {
    readFlirImage(segments, 'a.jpg');
  } catch (error) {
    if (error instanceof StudioError) return error.failure;
    throw error;
  }
  throw new Error('expected a StudioError');
}

describe('a FLIR block', () => {
  it('may not hold a PNG that grows more than a picture does', () => {
    const side = 8192;
    const png = pngOf(counts);
    const view = new DataView(png.buffer, png.byteOffset);
    [16, 20].forEach((at) => {
      view.setUint32(at, side);
    });
    view.setUint32(29, crc32(png.subarray(12, 29)));
    const record = countsRecord(png);
    [2, 4].forEach((at) => {
      new DataView(record.buffer).setUint16(at, side, true);
    });
    expect(failureOf(segmentsOf([[1, record]]))).toMatchObject({
      code: 'too-large',
      message: 'a.jpg unpacks to more than 200 times its size, as a decompression bomb does.',
    });
  });

  it('is not seen in segments of others', () => {
    expect(readFlirImage([new TextEncoder().encode('Exif\0\0'), new Uint8Array(3)], 'a.jpg')).toBeNull();
  });

  it('without measurements is none', () => {
    expect(readFlirImage(segmentsOf([[0x20, cameraRecord({})]]), 'a.jpg')).toBeNull();
  });

  it.each([
    ['plain numbers', raw],
    ['a PNG with swapped bytes', pngOf(swap(counts))],
    ['a PNG in the right order', pngOf(counts)],
  ])('gives counts where there is no calibration, from %s', (_, pixels) => {
    const image = readFlirImage(segmentsOf([[1, countsRecord(pixels)]]), 'a.jpg');
    expect(image).toMatchObject({ width, height, channels: 1, bitDepth: 16 });
    expect(image?.unit).toBeUndefined();
    expect([...(image?.samples ?? [])]).toEqual([...counts]);
    expect(image?.notes?.[0]).toMatch(/counts of the sensor: its calibration is missing/);
  });

  it('gives the temperature of a black body close by as Planck has it', () => {
    const image = readFlirImage(blockOf(raw, { 0x20: 1, 0x24: 0 }), 'a.jpg');
    expect(image).toMatchObject({ width, height, channels: 1, bitDepth: 32, unit: 'degreeCelsius' });
    // T = B / ln(R1 / (R2 (16700 - 7142)) + F) - 273.15, by hand
    const celsius = 1435.1 / Math.log(16951.796875 / (0.0142948674 * (16700 - 7142)) + 1) - 273.15;
    expect(image?.samples[0]).toBeCloseTo(celsius, 3);
    expect(image?.notes?.[0]).toMatch(/temperatures in degrees Celsius.*emissivity 1, .*distance 0 m\.$/);
  });

  it('gives every object the temperature of its surroundings when all are alike', () => {
    const kelvin = 1435.1 / Math.log(16951.796875 / (0.0142948674 * (16_700 - 7142)) + 1);
    const surroundings = { 0x28: kelvin, 0x2c: kelvin, 0x30: kelvin, 0x34: 0.7, 0x20: 0.5, 0x24: 30 };
    const image = readFlirImage(blockOf(raw, surroundings), 'a.jpg');
    expect(image?.samples[0]).toBeCloseTo(kelvin - 273.15, 2);
  });

  it('takes humidity in percent as the same share', () => {
    expect(readFlirImage(blockOf(raw, { 0x3c: 50 }), 'a.jpg')).toEqual(readFlirImage(blockOf(raw), 'a.jpg'));
  });

  it('has no temperature for a count below any radiation', () => {
    const dark = Uint16Array.from(counts);
    dark[0] = 0;
    const samples = readFlirImage(blockOf(new Uint8Array(dark.buffer)), 'a.jpg')?.samples;
    expect([samples?.[0], Number.isFinite(samples?.[1])]).toEqual([NaN, true]);
  });

  it.each([
    ['Planck constants', { 0x58: 0 }, /Planck constants are missing/],
    ['emissivity', { 0x20: 0 }, /emissivity is given as 0/],
    ['window', { 0x34: NaN }, /transmission of its window is given as NaN/],
    ['surroundings', { 0x28: 0 }, /temperature of its surroundings/],
    ['distance', { 0x24: -1 }, /distance or humidity/],
    ['atmosphere', { 0x80: -500 }, /constants of the atmosphere/],
  ])('gives counts and says why without a sensible %s', (_, changes, reason) => {
    const image = readFlirImage(blockOf(raw, changes), 'a.jpg');
    expect([...(image?.samples ?? [])]).toEqual([...counts]);
    expect(image?.notes?.[0]).toMatch(reason);
  });

  it('is joined from its pieces in their order', () => {
    const records = [[1, countsRecord(raw)], [0x20, cameraRecord({})]] as const;
    const pieces = segmentsOf(records, 300);
    expect(pieces.length).toBeGreaterThan(3);
    expect(readFlirImage(pieces.toReversed(), 'a.jpg')).toEqual(readFlirImage(segmentsOf(records), 'a.jpg'));
    expect(failureOf(pieces.slice(1)).message).toMatch(/^a\.jpg is a damaged JPEG image: of its FLIR block, 3 of 4 segments/);
  }); // prettier-ignore

  it('is refused when its measurements are packed in another way', () => {
    expect(failureOf(blockOf(raw.subarray(2)))).toMatchObject({
      code: 'unsupported-format',
      message: expect.stringMatching(/neither PNG nor 6x4 numbers of two bytes/) as string,
    });
  });

  it.each([
    ['JPEG-LS', [0xff, 0xd8, 0xff, 0xf7, 0]],
    ['JPEG', [0xff, 0xd8, 0xff, 0xc3, 0]],
  ])('is refused when its measurements are packed as %s', (packing, pixels) => {
    expect(failureOf(blockOf(Uint8Array.from(pixels)))).toMatchObject({
      code: 'unsupported-format',
      message: `a.jpg is a FLIR radiometric JPEG image with measurements in ${packing} compression, which cannot be used.`,
    });
  });

  it('is refused when its PNG has another size', () => {
    const wide = encode({ width: 12, height: 2, channels: 1, depth: 16, data: counts });
    expect(failureOf(blockOf(wide)).message).toMatch(/thermal image is not of 6x4 pixels/);
  });

  it.each([
    ['PNG', pngOf(swap(counts))],
    ['numbers', raw],
  ])('is read or refused at once, whatever happens to its bytes (%s)', async (_, pixels) => {
    const [segment] = blockOf(pixels);
    const damaged = [...truncations(segment!, 240), ...byteChanges(segment!, 240)];
    const handling = await handle(damaged, (bytes) => Promise.resolve().then(() => readFlirImage([bytes], 'a.jpg')));
    expect(handling.refused).toBeGreaterThan(200);
    expect(handling.milliseconds).toBeLessThan(2000);
  });
});

const corpus = join(process.env['SHARED_DIR'] ?? '../shared', 'data', 'formats');

interface Thermal {
  readonly width: number;
  readonly height: number;
  readonly sha256_le: string;
}

/** Smallest, largest and mean temperature, first and last pixel: the formula of flirpy's raw2temp in NumPy, float64. */
const temperatures: Readonly<Record<string, readonly number[]>> = {
  'flir_ax8.jpg': [24.359717062, 25.469211616, 25.030825247, 24.791486705, 25.248265715],
  'flir_e40.jpg': [17.875897373, 24.70039175, 21.08937698, 22.939507802, 19.855566711],
  'flir_example.jpg': [25.948277252, 62.320269537, 29.118538427, 26.17558373, 26.317394478],
};

describe.skipIf(!existsSync(corpus))('radiometric JPEG files of cameras (shared corpus)', () => {
  const expected = existsSync(corpus)
    ? (JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as Record<string, { raw_thermal: Thermal }>)
    : {};
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(corpus, 'jpeg-radiometric', name)));

  it.each(Object.keys(temperatures))('have the counts that ExifTool finds: %s', (name) => {
    const records = readFlirRecords(readJpegHeader(read(name), name).applicationData, name);
    const { samples, ...size } = readCounts(records!.counts!, name);
    const { raw_thermal: wanted } = expected[`jpeg-radiometric/${name}`]!;
    expect(size).toEqual({ width: wanted.width, height: wanted.height });
    expect(createHash('sha256').update(new Uint8Array(samples.buffer)).digest('hex')).toBe(wanted.sha256_le);
  });

  it.each(Object.entries(temperatures))('have the temperatures that flirpy computes: %s', async (name, wanted) => {
    const { samples, unit } = await decodeImage(read(name), name);
    expect(unit).toBe('degreeCelsius');
    const values = [...samples];
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const found = [Math.min(...values), Math.max(...values), mean, values[0], values.at(-1)];
    found.forEach((value, i) => {
      expect(Math.abs(value! - wanted[i]!)).toBeLessThan(1e-5);
    });
  });
});
