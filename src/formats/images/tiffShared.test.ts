import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from './registry';
import type { RawImage } from './format';

const corpus = join(process.env['SHARED_DIR'] ?? '../shared', 'data', 'formats');

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits_per_sample: number;
  readonly sample_format: string;
  readonly dtype: string;
  readonly photometric: string;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly non_finite?: number;
  readonly sha256_le: string;
}

/** The 16 bits of a float that came from 16 bits: exact. */
function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

function sha256OfSamples({ samples, bitDepth }: RawImage): string {
  const isHalf = samples instanceof Float32Array && bitDepth === 16;
  const words = isHalf ? Uint16Array.from(samples, toHalf) : samples;
  return createHash('sha256')
    .update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    .digest('hex');
}

describe.skipIf(!existsSync(corpus))('TIFF files of other programs (shared corpus)', () => {
  const expected = existsSync(corpus)
    ? (JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as Record<string, Expected>)
    : {};
  const files = Object.entries(expected).filter(([path]) => path.startsWith('tiff/'));
  const readShared = (path: string): Promise<RawImage> =>
    decodeImage(new Uint8Array(readFileSync(join(corpus, path))), path);

  it('are 41', () => {
    expect(files).toHaveLength(41);
  });

  it.each(files.filter(([, { photometric }]) => photometric !== 'PALETTE'))(
    'are read exactly: %s',
    async (path, wanted) => {
      const image = await readShared(path);
      expect(image).toMatchObject({ width: wanted.width, height: wanted.height, channels: wanted.channels });
      expect(image.bitDepth).toBe(wanted.bits_per_sample);
      const finite = Array.from<number>(image.samples).filter(Number.isFinite);
      expect(image.samples.length - finite.length).toBe(wanted.non_finite ?? 0);
      let [low, high, sum] = [Infinity, -Infinity, 0];
      for (const value of finite) [low, high, sum] = [Math.min(low, value), Math.max(high, value), sum + value];
      expect([low, high]).toEqual([wanted.min, wanted.max]);
      expect(sum / finite.length).toBeCloseTo(wanted.mean, 6);
      expect(sha256OfSamples(image)).toBe(wanted.sha256_le);
    },
  );

  // All four are big-endian: the photometric field is 262 as one SHORT, of which 3 is palette and 1 grey.
  const photometric = [1, 6, 0, 3, 0, 0, 0, 1, 0, 3];
  it.each(files.filter(([, wanted]) => wanted.photometric === 'PALETTE'))(
    'have their palette expanded, and the indices exact: %s',
    async (path, wanted) => {
      const bytes = new Uint8Array(readFileSync(join(corpus, path)));
      expect(await decodeImage(bytes, path)).toMatchObject({ channels: 3, bitDepth: 16, width: wanted.width });
      const at = bytes.findIndex((_, start) => photometric.every((byte, i) => bytes[start + i] === byte));
      bytes[at + 9] = 1;
      expect(sha256OfSamples(await decodeImage(bytes, path))).toBe(wanted.sha256_le);
    },
  );
});
