import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { bmpOf, greyPalette, riff, riffChunk } from '../../tests/imageFiles';
import { decodeImage } from './registry';

async function failureOf(bytes: Uint8Array): Promise<StudioError['failure']> {
  const outcome: unknown = await decodeImage(bytes, 'a').catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

/** A BMP with some bytes of its header changed. */
function bmpWith(changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = bmpOf({ width: 2, height: 2, bits: 8, indices: [1, 2, 3, 4], palette: greyPalette });
  for (const [offset, value] of Object.entries(changes)) bytes[Number(offset)] = value;
  return bytes;
}

describe('the header of a BMP', () => {
  it.each([
    ['a length of its own', bmpWith({ 14: 41 }), 'damaged-file', /header is given a length of 41/],
    ['no width', bmpWith({ 18: 0 }), 'damaged-file', /0x2 pixels/],
    ['a negative width', bmpWith({ 18: 0xfe, 19: 0xff, 20: 0xff, 21: 0xff }), 'damaged-file', /-2x2 pixels/],
    ['3 bits', bmpWith({ 28: 3 }), 'damaged-file', /3 bits a pixel/],
    ['run lengths', bmpWith({ 30: 1 }), 'unsupported-format', /with packed pixels/],
    ['a huge size', bmpWith({ 20: 1 }), 'too-large', /65538x2/],
    ['a lost row', bmpWith({}).slice(0, -4), 'damaged-file', /ends 4 bytes early/],
    ['a lost end', bmpWith({}).slice(0, 30), 'damaged-file', /middle of its header/],
  ])('is refused with %s', async (_, bytes, code, message) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });
});

/** A lossy picture of 16 x 8 pixels, without its data. */
const lossy = riffChunk('VP8 ', [0x30, 1, 0, 0x9d, 1, 0x2a, 16, 0, 8, 0]);
const animated = riffChunk('VP8X', [2, 0, 0, 0, 15, 0, 0, 7, 0, 0]);

describe('the container of a WebP', () => {
  it.each([
    ['an animation by its flag', riff.fileOf([animated, lossy]), 'unsupported-format', /with several moving pictures/],
    ['an animation by its frames', riff.fileOf([riffChunk('ANMF', [0, 0])]), 'unsupported-format', /moving pictures/],
    ['no pixels', riff.fileOf([riffChunk('ALPH', [0])]), 'damaged-file', /pixel data are missing/],
    [
      'pixels without their mark',
      riff.fileOf([riffChunk('VP8 ', Array<number>(10).fill(1))]),
      'damaged-file',
      /do not begin with a size/,
    ],
    ['a lost end', riff.fileOf([lossy]).slice(0, -3), 'damaged-file', /ends 3 bytes early/],
    ['a chunk beyond the end', riff.fileOf([lossy.with(4, 99)]), 'damaged-file', /chunk at byte 12 is longer/],
  ] as const)('is refused with %s', async (_, bytes, code, message) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });
});
