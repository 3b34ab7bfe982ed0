import { createByteReader } from '../byteReader';
import { StudioError } from '../../shared/failure';
import type * as LercModule from 'lerc';
import type { PieceShape, TiffCompression } from './tiffCompression';

type Lerc = typeof LercModule;

/** The decoder, once it is loaded: WebAssembly of this origin, for the few files that need it. */
let decoder: Lerc | null = null;

async function loadLerc(): Promise<void> {
  const lerc = await import('lerc');
  const address = new URL('../../../node_modules/lerc/lerc-wasm.wasm', import.meta.url).href;
  await lerc.load({ locateFile: () => address });
  decoder = lerc;
}

/** Number types of LERC, in its own order. */
const types = ['signed8', 'unsigned8', 'signed16', 'unsigned16', 'signed32', 'unsigned32', 'float32', 'float64'];

/** What the header of one band says. */
interface Band {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly type: number;
  readonly bytes: number;
}

/** Reads the header of a band (Lerc2.cpp of github.com/Esri/lerc); null where there is none. */
function readBand(blob: Uint8Array, start: number): Band | null {
  try {
    const reader = createByteReader(blob.subarray(start), 'LERC');
    if (new TextDecoder('latin1').decode(reader.bytes(6)) !== 'Lerc2 ') return null;
    const version = reader.uint32();
    if (version >= 3) reader.skip(4);
    const [height, width] = [reader.uint32(), reader.uint32()];
    const depth = version >= 4 ? reader.uint32() : 1;
    reader.skip(8);
    const [bytes, type] = [reader.uint32(), reader.uint32()];
    return { width, height, depth, type, bytes };
  } catch (error) {
    if (error instanceof StudioError) return null;
    throw error;
  }
}

/** Bands and values of a pixel in each; null unless all are of the size of the piece and fill the blob. */
function layoutOf(blob: Uint8Array, shape: PieceShape): { readonly bands: number; readonly depth: number } | null {
  let [bands, depth, start] = [0, 0, 0];
  for (; start < blob.length; bands++) {
    const band = readBand(blob, start);
    if (!band || band.width !== shape.width || band.height !== shape.height || band.bytes === 0) return null;
    if (types[band.type] !== `${shape.kind}${shape.bits}` || band.depth > shape.samples || bands >= shape.samples)
      return null;
    depth = band.depth;
    start += band.bytes;
  }
  return start === blob.length ? { bands, depth } : null;
}

type Decoded = ReturnType<Lerc['decode']>;

/** Decodes what {@link layoutOf} has found sound; null where the library finds a fault. */
function decodeBlob(blob: Uint8Array): Decoded | null {
  try {
    return decoder?.decode(blob, { returnInterleaved: true }) ?? null;
  } catch {
    return null; // the library throws codes and objects of its own
  }
}

/** Writes a value where a pixel is not valid: NaN for floats. */
function maskFloats(values: Float32Array | Float64Array, mask: Uint8Array, depth: number): void {
  for (let at = 0; at < values.length; at++) if (mask[Math.floor(at / depth)] === 0) values[at] = NaN;
}

/** Puts values of `from` a pixel behind each other, `to` apart, from the sample `first` on. */
function spread(source: ArrayLike<number>, from: number, target: Words, to: number, first: number): void {
  const pixels = source.length / from;
  for (let pixel = 0; pixel < pixels; pixel++)
    for (let sample = 0; sample < from; sample++)
      target[pixel * to + first + sample] = source[pixel * from + sample] ?? 0;
}

type Words = Decoded['pixels'][number];

/** The target as numbers of the type that was decoded; it is a buffer of its own. */
function wordsOf(target: Uint8Array, like: Words): Words {
  const Type = like.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => Words;
  return new Type(target.buffer, target.byteOffset, target.byteLength / like.BYTES_PER_ELEMENT);
}

/**
 * Fills a strip or tile as libtiff does (tif_lerc.c): pixels that are not valid are NaN in floats; of bytes with alpha
 * the alpha, which may be stored as validity alone; elsewhere as decoded.
 */
function expandLerc(blob: Uint8Array, target: Uint8Array, shape: PieceShape): number {
  const layout = layoutOf(blob, shape);
  const { samples, kind } = shape;
  if (!layout) return 0;
  const { bands, depth } = layout;
  const alphaIsMask = shape.alpha && shape.bits === 8 && bands === 1 && depth === samples - 1;
  const isWhole = (bands === 1 && (depth === samples || alphaIsMask)) || (depth === 1 && bands === samples);
  const decoded = isWhole ? decodeBlob(blob) : null;
  const [first] = decoded?.pixels ?? [];
  if (!decoded || !first) return 0;
  const words = wordsOf(target, first);
  decoded.pixels.forEach((values, band) => {
    const mask = decoded.bandMasks?.[band] ?? decoded.mask;
    if (mask && kind === 'float') maskFloats(values as Float32Array | Float64Array, mask, depth);
    spread(values, depth, words, samples, bands > 1 ? band : 0);
  });
  if (alphaIsMask) {
    const opaque = decoded.mask ?? new Uint8Array(first.length / depth).fill(1);
    spread(
      opaque.map((valid) => valid * 255),
      1,
      words,
      samples,
      samples - 1,
    );
  }
  return target.length;
}

/** A blob may be larger than the pixels in it: by its mask, headers and blocks that do not shrink. */
const mostBlobBytes = (target: Uint8Array): number => Math.ceil(target.length * 1.25) + 65_536;

/**
 * LERC, by Esri's own decoder; what a blob claims is compared with the strip or tile before it is decoded.
 * @param outer a further compression around the blob
 */
export function lercCompression(outer: TiffCompression | null): TiffCompression {
  return {
    label: 'LERC',
    // A block of one value takes no bytes.
    maxRatio: Infinity,
    predicts: false,
    load: loadLerc,
    expand(packed, target, shape) {
      if (!outer) return expandLerc(packed, target, shape);
      const blob = new Uint8Array(Math.min(mostBlobBytes(target), packed.length * outer.maxRatio));
      return expandLerc(blob.subarray(0, outer.expand(packed, blob, shape)), target, shape);
    },
  };
}
