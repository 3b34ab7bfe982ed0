import { checkGrowth, checkSize } from './limits';
import { deflate, foreignCompressions, tiffCompressions, zstandard } from './tiffCompression';
import { damagedTiff, unsupportedTiff } from './tiffDirectory';
import { lercCompression } from './tiffLerc';
import type { TiffCompression } from './tiffCompression';
import type { TiffDirectory } from './tiffDirectory';

export type SampleKind = 'unsigned' | 'signed' | 'float';

/** A strip or tile: where its bytes lie, and which pixels they are. */
export interface TiffPiece {
  /** Position among all pieces, from 0, for messages. */
  readonly index: number;
  readonly offset: number;
  readonly packedBytes: number;
  /** First pixel. */
  readonly x: number;
  readonly y: number;
  /** Stored pixels; tiles may reach beyond the image. */
  readonly width: number;
  readonly height: number;
  /** Which sample of a pixel, when samples lie in planes of their own; else 0. */
  readonly plane: number;
}

/** How the pixels of a page are stored, checked. */
export interface TiffLayout {
  readonly width: number;
  readonly height: number;
  readonly kind: SampleKind;
  /** 1 to 16 or 32 of integers; 16, 32 or 64 of floats. */
  readonly bits: number;
  /** Samples of a pixel that are stored. */
  readonly stored: number;
  /** Samples of a pixel that a piece holds: all, or one when planes are separate. */
  readonly samplesPerPiece: number;
  readonly compression: TiffCompression;
  /** 1 none, 2 differences of samples, 3 differences of the bytes of floats. */
  readonly predictor: 1 | 2 | 3;
  /** Whether the last sample of a pixel is alpha. */
  readonly alpha: boolean;
  /** Whether bits of a byte are stored lowest first. */
  readonly reversedBits: boolean;
  readonly pieces: readonly TiffPiece[];
}

/** Bytes of a row of a piece. */
export const rowBytes = (
  layout: Pick<TiffLayout, 'samplesPerPiece' | 'bits'>,
  piece: Pick<TiffPiece, 'width'>,
): number => Math.ceil((piece.width * layout.samplesPerPiece * layout.bits) / 8);

const maxSamplesPerPixel = 4096;

/** Bytes of a decoded sample: see `decodeTiffPixels`. */
function decodedBytes({ kind, bits }: Pick<TiffLayout, 'kind' | 'bits'>): number {
  if (kind === 'float') return bits === 64 ? 8 : 4;
  if (kind === 'unsigned' && bits <= 8) return 1;
  return bits <= 16 ? 2 : 4;
}

/** The one value of a field that may state one for each sample. */
function sameForAll(page: TiffDirectory, tag: 'bitsPerSample' | 'sampleFormat', stored: number, name: string): number {
  const values = new Set(page.numbers(tag, stored));
  if (values.size > 1)
    throw unsupportedTiff(name, `samples of different ${tag === 'bitsPerSample' ? 'sizes' : 'types'}`);
  return [...values][0] ?? 1;
}

function sampleType(page: TiffDirectory, stored: number, name: string): Pick<TiffLayout, 'kind' | 'bits'> {
  const bits = sameForAll(page, 'bitsPerSample', stored, name);
  const format = sameForAll(page, 'sampleFormat', stored, name);
  if (format === 5 || format === 6) throw unsupportedTiff(name, 'complex numbers');
  const kind = format === 3 ? 'float' : format === 2 ? 'signed' : 'unsigned';
  const known = kind === 'float' ? [16, 32, 64].includes(bits) : (bits >= 1 && bits <= 16) || bits === 32;
  if (!known) throw unsupportedTiff(name, `${kind === 'float' ? 'floats' : 'integers'} of ${String(bits)} bits`);
  return { kind, bits };
}

const lercCode = 34_887;

/** LERC, which may be packed once more: the second of its parameters says how. */
function lercOf(page: TiffDirectory, name: string): TiffCompression {
  const [, outer = 0] = page.numbers('lercParameters', 2);
  if (outer === 0) return lercCompression(null);
  if (outer === 1) return lercCompression(deflate);
  if (outer === 2) return lercCompression(zstandard);
  throw unsupportedTiff(name, `LERC inside of unknown (${String(outer)}) compression`);
}

function compressionOf(page: TiffDirectory, name: string): TiffCompression {
  const code = page.number('compression', 1);
  if (code === lercCode) return lercOf(page, name);
  const compression = tiffCompressions.get(code);
  if (compression) return compression;
  throw unsupportedTiff(name, `${foreignCompressions.get(code) ?? `unknown (${String(code)})`} compression`);
}

function predictorOf(page: TiffDirectory, { kind, bits }: Pick<TiffLayout, 'kind' | 'bits'>, name: string): 1 | 2 | 3 {
  const predictor = page.number('predictor', 1);
  if (predictor === 1) return 1;
  if (predictor === 2 && [8, 16, 32, 64].includes(bits)) return 2;
  if (predictor === 3 && kind === 'float') return 3;
  throw unsupportedTiff(name, `predictor ${String(predictor)} of ${String(bits)}-bit samples`);
}

/** Strips and tiles alike: a grid of pieces, row by row, once for each plane. */
interface Grid {
  readonly tiled: boolean;
  readonly width: number;
  readonly height: number;
  readonly across: number;
  readonly down: number;
}

function gridOf(page: TiffDirectory, width: number, height: number, name: string): Grid {
  const tiled = page.has('tileOffsets') || page.has('tileWidth');
  const pieceWidth = tiled ? page.number('tileWidth', 0) : width;
  const pieceHeight = tiled ? page.number('tileLength', 0) : Math.min(height, page.number('rowsPerStrip', height));
  if (pieceWidth === 0 || pieceHeight === 0)
    throw damagedTiff(name, `its ${tiled ? 'tiles' : 'strips'} have a size of 0`);
  return {
    tiled,
    width: pieceWidth,
    height: pieceHeight,
    across: Math.ceil(width / pieceWidth),
    down: Math.ceil(height / pieceHeight),
  };
}

/** Every piece costs time of its own, however few pixels it has. */
const alwaysAllowedPieces = 10_000;
const mostPieces = 1_000_000;
/** The smallest tile of the specification is 16x16. */
const leastTilePixels = 256;

/** @throws StudioError `unsupported-format` for more pieces than strips of one row or the smallest tiles make */
function checkCount({ tiled, width, height, across, down }: Grid, planes: number, shape: Shape, name: string): void {
  const pieces = across * down;
  const needed = (shape.width * shape.height) / leastTilePixels + shape.width + shape.height;
  if (pieces <= Math.max(alwaysAllowedPieces, needed) && pieces * planes <= mostPieces) return;
  const word = tiled ? 'tiles' : 'strips';
  throw unsupportedTiff(name, `${String(pieces * planes)} ${word} of ${String(width)}x${String(height)} pixels`);
}

type Shape = Omit<TiffLayout, 'pieces'>;

/** Lists the pieces with the bytes that they have in the file. */
function listPieces(page: TiffDirectory, shape: Shape, grid: Grid, planes: number, name: string): TiffPiece[] {
  const count = grid.across * grid.down * planes;
  const [offsetTag, bytesTag] = grid.tiled
    ? (['tileOffsets', 'tileByteCounts'] as const)
    : (['stripOffsets', 'stripByteCounts'] as const);
  const word = grid.tiled ? 'tiles' : 'strips';
  if (page.count(offsetTag) < count)
    throw damagedTiff(name, `it names the places of ${String(page.count(offsetTag))} of its ${String(count)} ${word}`);
  // Only a single uncompressed strip can do without its length, as old programs wrote it.
  const lengthKnown = page.has(bytesTag) || (count === 1 && shape.compression.maxRatio === 1);
  if (!lengthKnown || (page.has(bytesTag) && page.count(bytesTag) < count))
    throw damagedTiff(name, `it does not give the lengths of all its ${word}`);
  const offsets = page.numbers(offsetTag, count);
  const lengths = page.numbers(bytesTag, count);
  return offsets.map((offset, index) => {
    const plane = Math.floor(index / (grid.across * grid.down));
    const place = index % (grid.across * grid.down);
    const y = Math.floor(place / grid.across) * grid.height;
    return {
      index,
      offset,
      packedBytes: lengths[index] ?? Infinity,
      x: (place % grid.across) * grid.width,
      y,
      width: grid.width,
      height: grid.tiled ? grid.height : Math.min(grid.height, shape.height - y),
      plane,
    };
  });
}

/** Checks that every piece lies in the file and may hold its pixels, and that they do not hold the same bytes. */
function checkPieces(layout: TiffLayout, fileBytes: number, name: string): TiffPiece[] {
  const { maxRatio } = layout.compression;
  let total = 0;
  const pieces = layout.pieces.map((piece) => {
    const needed = rowBytes(layout, piece) * piece.height;
    // Uncompressed pieces may claim more than their pixels need; compressed ones are what they claim.
    const packedBytes = maxRatio === 1 ? Math.min(piece.packedBytes, needed) : piece.packedBytes;
    const what = `strip or tile ${String(piece.index)} of its pixel data`;
    if (piece.offset === 0 || packedBytes === 0) throw damagedTiff(name, `${what} is missing`);
    if (piece.offset + packedBytes > fileBytes) throw damagedTiff(name, `${what} lies beyond its end`);
    if (needed > packedBytes * maxRatio) throw damagedTiff(name, `${what} ends early`);
    total += packedBytes;
    return { ...piece, packedBytes };
  });
  if (total > fileBytes) throw damagedTiff(name, 'several of its strips or tiles claim the same bytes');
  return pieces;
}

/**
 * Reads how a page stores its pixels.
 * @param kept channels that will be kept of each pixel, for the limit on memory
 * @throws StudioError `damaged-file`, `unsupported-format` or `too-large`; afterwards no piece can ask for more memory
 * than an image of its file's length may need
 */
export function readTiffLayout(page: TiffDirectory, kept: number, fileBytes: number, name: string): TiffLayout {
  const [width, height] = [page.number('width', 0), page.number('height', 0)];
  if (width === 0 || height === 0)
    throw damagedTiff(name, `its header gives a size of ${String(width)}x${String(height)} pixels`);
  const stored = page.number('samplesPerPixel', 1);
  if (stored === 0 || stored > maxSamplesPerPixel) throw unsupportedTiff(name, `${String(stored)} samples a pixel`);
  const type = sampleType(page, stored, name);
  checkSize(width, height, kept * decodedBytes(type), name);
  const planar = page.number('planarConfiguration', 1);
  if (planar !== 1 && planar !== 2) throw damagedTiff(name, `its planar configuration is ${String(planar)}`);
  const compression = compressionOf(page, name);
  const separate = planar === 2 && stored > 1;
  const shape: Shape = {
    width,
    height,
    ...type,
    stored,
    samplesPerPiece: separate ? 1 : stored,
    compression,
    predictor: compression.predicts ? predictorOf(page, type, name) : 1,
    alpha: !separate && page.numbers('extraSamples', stored).at(-1) === 2,
    reversedBits: page.number('fillOrder', 1) === 2,
  };
  const grid = gridOf(page, width, height, name);
  checkSize(grid.width, grid.height, Math.ceil((shape.samplesPerPiece * type.bits) / 8), name);
  const planes = separate ? stored : 1;
  checkCount(grid, planes, shape, name);
  const storedRows = grid.tiled ? grid.down * grid.height : height;
  const storedBytes = grid.across * storedRows * rowBytes(shape, grid) * planes;
  checkGrowth(Math.max(storedBytes, width * height * kept * decodedBytes(type)), fileBytes, name);
  const layout: TiffLayout = { ...shape, pieces: listPieces(page, shape, grid, planes, name) };
  return { ...layout, pieces: checkPieces(layout, fileBytes, name) };
}
