import { orientationField } from './exif';
import { damagedTiff, readTiffFile, unsupportedTiff } from './tiffDirectory';
import { readTiffLayout } from './tiffLayout';
import { bandMeaning } from './tiffMetadata';
import { decodeTiffPixels } from './tiffPixels';
import type { ImageFormat, RawImage, Samples } from './format';
import type { TiffDirectory, TiffFile } from './tiffDirectory';
import type { TiffLayout } from './tiffLayout';

/** What the photometric field may say and is refused by name. */
const foreignColours: ReadonlyMap<number, string> = new Map([
  [4, 'a transparency mask instead of a picture'],
  [5, 'four printing inks (CMYK)'],
  [6, 'colours in YCbCr'],
  [8, 'colours in CIE L*a*b*'],
  [9, 'colours in ICC L*a*b*'],
  [10, 'colours in ITU L*a*b*'],
  [32803, 'the colour mosaic of a raw photo'],
  [32844, 'brightness in LogL'],
  [32845, 'colours in LogLuv'],
  [34892, 'the linear colours of a raw photo'],
]);
const whiteIsZero = 0;
const rgb = 2;
const palette = 3;
/** The statistics of each band may lie before what is looked for. */
const maxMetadataBytes = 65_536;

/** Which samples of a pixel are kept: the colours, and alpha behind them. */
interface Channels {
  readonly photometric: number;
  readonly kept: 1 | 2 | 3 | 4;
}

function channelsOf(page: TiffDirectory, name: string): Channels {
  const photometric = page.number('photometric', 1);
  if (photometric > palette)
    throw unsupportedTiff(name, foreignColours.get(photometric) ?? `unknown colours (${String(photometric)})`);
  const stored = page.number('samplesPerPixel', 1);
  const colours = photometric === rgb ? 3 : 1;
  if (stored < colours) throw damagedTiff(name, `its RGB pixels have ${String(stored)} samples`);
  const extra = page.number('extraSamples', 0);
  // 1: alpha that the colours are multiplied by, 2: alpha; anything else is another measurement.
  const alpha = stored > colours && photometric !== palette && (extra === 1 || extra === 2);
  return { photometric, kept: colours === 3 ? (alpha ? 4 : 3) : alpha ? 2 : 1 };
}

/**
 * The page to read: the first that is not a smaller copy or a mask of another.
 * @throws StudioError `unsupported-format` when there is none
 */
function choosePage({ pages }: TiffFile, name: string): TiffDirectory {
  const page = pages.find((candidate) => (candidate.number('subfileType', 0) & 0b101) === 0);
  if (page) return page;
  throw unsupportedTiff(name, 'nothing but a small preview outside of its sub-images');
}

/**
 * Replaces palette indices by RGB. Colours have 16 bits; they become 8 where that loses nothing: the low byte is 0 or
 * repeats the high one everywhere, or all are below 256, as some programs write them.
 */
function expandPalette(indices: Samples, page: TiffDirectory, layout: TiffLayout, name: string): RawImage {
  const { width, height, bits, kind } = layout;
  const entries = 2 ** bits;
  if (kind !== 'unsigned' || bits > 16) throw damagedTiff(name, 'its palette indices are no whole numbers up to 65535');
  if (page.count('colorMap') < entries * 3)
    throw damagedTiff(name, `its palette has fewer than ${String(entries)} colours`);
  const colours = page.numbers('colorMap', entries * 3);
  const small = colours.every((value) => value < 256);
  const eightBit = small || colours.every((value) => value % 256 === 0) || colours.every((value) => value % 257 === 0);
  const table = eightBit && !small ? colours.map((value) => value >> 8) : colours;
  const samples = eightBit ? new Uint8Array(width * height * 3) : new Uint16Array(width * height * 3);
  for (let pixel = 0; pixel < indices.length; pixel++) {
    for (let channel = 0; channel < 3; channel++)
      samples[pixel * 3 + channel] = table[channel * entries + (indices[pixel] ?? 0)] ?? 0;
  }
  return { width, height, channels: 3, bitDepth: eightBit ? 8 : 16, samples };
}

/** GDAL's value for pixels without a reading, as the samples hold it. NaN needs no value: it never is a reading. */
function noReadingOf(page: TiffDirectory, samples: Samples): number | undefined {
  const text = page.text('noData', 256)?.trim() ?? '';
  const value = samples instanceof Float32Array ? Math.fround(Number(text)) : Number(text);
  return text === '' || Number.isNaN(value) ? undefined : value;
}

function notesOn(file: TiffFile, page: TiffDirectory, { photometric, kept }: Channels): string[] {
  const notes: string[] = [];
  const count = file.pages.length;
  const position = file.pages.indexOf(page) + 1;
  if (count > 1) {
    const which = position === 1 ? 'the first' : `number ${String(position)}`;
    notes.push(`Only ${which} of ${String(count)} pages was read.`);
  }
  if (file.lostPages) notes.push('A further page cannot be found in the file.');
  const stored = page.number('samplesPerPixel', 1);
  if (stored > kept) {
    notes.push(
      `Only the first ${kept === 1 ? '' : `${String(kept)} `}of ${String(stored)} bands ${kept === 1 ? 'was' : 'were'} read.`,
    );
  }
  if (photometric === whiteIsZero)
    notes.push('Values are as stored; the file says that 0 is white and larger is darker.');
  return notes;
}

function orientationOf(page: TiffDirectory): number | null {
  const orientation = page.number('orientation', 1);
  return orientation >= 1 && orientation <= 8 ? orientation : null;
}

async function decodeTiff(bytes: Uint8Array, name: string): Promise<RawImage> {
  const file = readTiffFile(bytes, name);
  const page = choosePage(file, name);
  const channels = channelsOf(page, name);
  const { kept, photometric } = channels;
  const isPalette = photometric === palette;
  // A colour of a palette becomes three samples of up to 16 bits.
  const layout = readTiffLayout(page, isPalette ? 6 : kept, bytes.length, name);
  await layout.compression.load?.();
  const samples = decodeTiffPixels(bytes, layout, file.littleEndian, kept, name);
  const meaning = bandMeaning(page.text('metadata', maxMetadataBytes) ?? '');
  const notes = [...notesOn(file, page, channels), ...meaning.notes];
  const noReading = isPalette ? undefined : noReadingOf(page, samples);
  const { width, height, bits } = layout;
  return {
    ...(isPalette
      ? expandPalette(samples, page, layout, name)
      : { width, height, channels: kept, bitDepth: bits, samples }),
    ...(meaning.unit !== undefined && { unit: meaning.unit }),
    ...orientationField(orientationOf(page)),
    ...(noReading !== undefined && { noReading }),
    ...(notes.length > 0 && { notes }),
  };
}

/**
 * TIFF 6.0 and BigTIFF: samples exactly as stored. Of several pages, the first that is not a preview; white-is-zero
 * and colour profiles are not applied (a note says so), and the orientation is told, not applied.
 */
export const tiff: ImageFormat = {
  label: 'TIFF',
  extensions: ['tif', 'tiff'],
  matches: (head) => /^(II[*+]\0|MM\0[*+])/.test(String.fromCharCode(...head.subarray(0, 4))),
  decode: decodeTiff,
};
