import { damagedImage } from './refusals';

/** What the text before the raster of a Netpbm file says. */
export interface PnmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** The largest value a sample may have, 1 to 65535. */
  readonly maxval: number;
  /** `text`: numbers in decimal; `bits`: eight samples a byte, rows padded; `bytes`: one or two bytes, high byte first. */
  readonly raster: 'text' | 'bits' | 'bytes';
  /** Whether 1 stands for black, as in PBM alone. */
  readonly oneIsBlack: boolean;
  /** Offset of the raster. */
  readonly start: number;
}

/** Longer words are no numbers; longer headers are no headers. */
const longestWord = 32;
const longestHeader = 64 * 1024;
const largestMaxval = 65_535;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);

export function damagedPnm(name: string, fault: string): Error {
  return damagedImage('PNM image', name, fault);
}

/** A cursor over the words of a Netpbm header or text raster; `#` begins a remark up to the end of the line. */
export interface WordReader {
  /** Offset behind the last word. */
  position(): number;
  /** The next word, '' at the end; text behind `longestWord` characters is not part of it. */
  word(): string;
  /** The next word as a whole number. `what` names it in messages. */
  whole(what: string): number;
}

export function createWordReader(
  bytes: Uint8Array,
  damaged: (fault: string) => Error,
  start: number,
  end = bytes.length,
): WordReader {
  let cursor = start;
  const skip = (): void => {
    for (; cursor < end; cursor++) {
      if (bytes[cursor] === 0x23) while (cursor < end && bytes[cursor] !== 0x0a) cursor++;
      else if (!isSpace(bytes[cursor])) return;
    }
  };
  const word = (): string => {
    skip();
    let text = '';
    while (cursor < end && !isSpace(bytes[cursor]) && bytes[cursor] !== 0x23 && text.length < longestWord) {
      text += String.fromCharCode(bytes[cursor++] ?? 0);
    }
    return text;
  };
  return {
    position: () => cursor,
    word,
    whole(what) {
      const text = word();
      if (/^\d{1,9}$/.test(text)) return Number(text);
      throw damaged(text === '' ? `it ends before ${what}` : `${what} is not a number (${printable(text)})`);
    },
  };
}

/** Text of a file for a message. */
export const printable = (text: string): string => `"${text.replace(/[^\x20-\x7e]/g, '?')}"`;

interface Kind {
  readonly channels: 1 | 3;
  readonly raster: PnmHeader['raster'];
}

/** By the digit of the magic number. */
const kinds = new Map<string, Kind>([
  ['1', { channels: 1, raster: 'text' }],
  ['2', { channels: 1, raster: 'text' }],
  ['3', { channels: 3, raster: 'text' }],
  ['4', { channels: 1, raster: 'bits' }],
  ['5', { channels: 1, raster: 'bytes' }],
  ['6', { channels: 3, raster: 'bytes' }],
]);

function requireMaxval(maxval: number, name: string): number {
  if (maxval >= 1 && maxval <= largestMaxval) return maxval;
  throw damagedPnm(name, `its largest value is given as ${maxval}, not as 1 to ${largestMaxval}`);
}

/** One white-space byte, and no more, stands between the last number and the raster. */
function behindSpace(bytes: Uint8Array, offset: number, name: string): number {
  if (isSpace(bytes[offset])) return offset + 1;
  throw damagedPnm(name, 'there is no space between its header and its pixels');
}

/** The header of PAM (P7): lines of a key and a value, in any order, up to ENDHDR. */
function readPamHeader(bytes: Uint8Array, name: string): PnmHeader {
  const reader = createWordReader(bytes, (fault) => damagedPnm(name, fault), 2, Math.min(bytes.length, longestHeader));
  const numbers = new Map<string, number>();
  for (;;) {
    const key = reader.word();
    if (key === 'ENDHDR') break;
    if (key === 'TUPLTYPE') reader.word();
    else if (['WIDTH', 'HEIGHT', 'DEPTH', 'MAXVAL'].includes(key)) numbers.set(key, reader.whole(`its ${key}`));
    else throw damagedPnm(name, key === '' ? 'its header has no end' : `its header names ${printable(key)}`);
  }
  const given = (key: string): number => {
    const value = numbers.get(key);
    if (value === undefined) throw damagedPnm(name, `its header does not name its ${key}`);
    return value;
  };
  const [width, height, channels] = [given('WIDTH'), given('HEIGHT'), given('DEPTH')];
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4)
    throw damagedPnm(name, `its header names ${channels} samples a pixel instead of 1 to 4`);
  const maxval = requireMaxval(given('MAXVAL'), name);
  const start = behindSpace(bytes, reader.position(), name);
  return { width, height, channels, maxval, raster: 'bytes', oneIsBlack: false, start };
}

/**
 * Reads the header of PBM, PGM, PPM (P1 to P6) or PAM (P7).
 * @throws StudioError `damaged-file`
 */
export function readPnmHeader(bytes: Uint8Array, name: string): PnmHeader {
  const digit = String.fromCharCode(bytes[1] ?? 0);
  const kind = kinds.get(digit);
  if (!kind) return readPamHeader(bytes, name);
  const reader = createWordReader(bytes, (fault) => damagedPnm(name, fault), 2, Math.min(bytes.length, longestHeader));
  const [width, height] = [reader.whole('its width'), reader.whole('its height')];
  const oneIsBlack = digit === '1' || digit === '4';
  const maxval = oneIsBlack ? 1 : requireMaxval(reader.whole('its largest value'), name);
  const start = behindSpace(bytes, reader.position(), name);
  return { width, height, ...kind, maxval, oneIsBlack, start };
}
