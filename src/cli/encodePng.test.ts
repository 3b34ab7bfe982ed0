import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import type { RawImage } from '../formats/images/format';
import { createRng } from '../shared/rng';
import { encodePng } from './encodePng';

function noise(channels: 1 | 2 | 3 | 4, bitDepth: 8 | 16): RawImage {
  const rng = createRng(channels * bitDepth);
  const values = Array.from({ length: 7 * 5 * channels }, (_, i) => (i * 13 + rng.integer(40)) % 2 ** bitDepth);
  const samples = bitDepth === 8 ? Uint8Array.from(values) : Uint16Array.from(values, (value) => value * 101);
  return { width: 7, height: 5, channels, bitDepth, samples };
}

describe('encodePng', () => {
  for (const channels of [1, 2, 3, 4] as const) {
    for (const bitDepth of [8, 16] as const) {
      it(`writes ${String(channels)} channels of ${String(bitDepth)} bits so that an independent reader gives them back`, () => {
        const image = noise(channels, bitDepth);
        const read = decode(encodePng(image), { checkCrc: true });
        expect([read.width, read.height, read.channels, read.depth]).toEqual([7, 5, channels, bitDepth]);
        expect([...read.data]).toEqual([...image.samples]);
      });
    }
  }

  it('shrinks a ramp to little more than its header, since each row is predicted from the one above', () => {
    const samples = Uint16Array.from({ length: 64 * 64 }, (_, i) => 500 + 37 * (i % 64));
    expect(encodePng({ width: 64, height: 64, channels: 1, bitDepth: 16, samples }).length).toBeLessThan(300);
  });

  it('refuses other bit depths', () => {
    expect(() => encodePng({ ...noise(1, 8), bitDepth: 4 })).toThrow('4 bits');
  });
});
