import { exifMark, exifOrientation } from './exif';
import { checkSize } from './limits';
import { damagedImage, unsupportedImage } from './refusals';
import { spells } from './spelling';

/** What the markers of a JPEG say, and where its EXIF is stored. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 (grey) or 3 (colour). */
  readonly components: 1 | 3;
  /** 1 to 8, as EXIF states it; null where it does not. */
  readonly orientation: number | null;
  /** Where the marks of EXIF segments begin. */
  readonly exifStarts: readonly number[];
  /** Contents of the application segments APP1, in order. */
  readonly applicationData: readonly Uint8Array[];
  /** Bytes in application segments APP3, where cameras of DJI keep measurements. */
  readonly thirdDataBytes: number;
}

const damagedJpeg = (name: string, fault: string): Error => damagedImage('JPEG image', name, fault);

const unsupportedJpeg = (name: string, what: string): Error =>
  unsupportedImage('JPEG image', name, what, 'Save it as an 8-bit grey or RGB image, PNG at best, or leave it out.');

/** Start-of-frame markers: C0 to CF without DHT (C4), JPG (C8) and DAC (CC). */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Start of a frame of JPEG-LS (ITU-T T.87), which no browser decodes. */
const lossless = 0xf7;

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3;
}

function parseFrame(segment: Uint8Array, name: string): Frame {
  if (segment.length < 6) throw damagedJpeg(name, 'its frame header is too short');
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const [bits, height, width, components] = [view.getUint8(0), view.getUint16(1), view.getUint16(3), view.getUint8(5)];
  if (bits !== 8) throw unsupportedJpeg(name, `${String(bits)} bits a sample`);
  if (components === 4) throw unsupportedJpeg(name, 'four printing inks (CMYK)');
  if (components !== 1 && components !== 3)
    throw damagedJpeg(name, `its frame header names ${String(components)} colour components`);
  if (width === 0 || height === 0)
    throw damagedJpeg(name, `its header gives a size of ${String(width)}x${String(height)} pixels`);
  checkSize(width, height, 4, name);
  return { width, height, components };
}

/** Whether the end mark (EOI) comes after the pixel data start. */
function hasEnd(bytes: Uint8Array, scanStart: number): boolean {
  for (let at = bytes.length - 2; at >= scanStart; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  return false;
}

/**
 * Reads the markers up to the pixel data.
 * @throws StudioError `damaged-file`, `unsupported-format` (CMYK, 12 bits) or `too-large`
 */
export function readJpegHeader(bytes: Uint8Array, name: string): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Frame | null = null;
  let orientation: number | null = null;
  const exifStarts: number[] = [];
  const applicationData: Uint8Array[] = [];
  let thirdDataBytes = 0;
  for (let offset = 2; ;) {
    if (offset + 4 > bytes.length) throw damagedJpeg(name, 'it ends before its pixel data');
    if (bytes[offset] !== 0xff)
      throw damagedJpeg(name, `there is no marker where one should be, at byte ${String(offset)}`);
    const marker = bytes[offset + 1] ?? 0;
    if (marker === 0xff) {
      offset++; // fill byte
      continue;
    }
    const end = offset + 2 + view.getUint16(offset + 2);
    if (end > bytes.length || end < offset + 4) throw damagedJpeg(name, 'it ends in the middle of a header segment');
    if (isFrame(marker)) frame = parseFrame(bytes.subarray(offset + 4, end), name);
    if (marker === lossless) throw unsupportedJpeg(name, 'JPEG-LS compression');
    if (marker === 0xe3) thirdDataBytes += end - offset - 4;
    if (marker === 0xe1) {
      const segment = bytes.subarray(offset + 4, end);
      applicationData.push(segment);
      if (spells(segment, exifMark)) {
        exifStarts.push(offset + 4);
        orientation ??= exifOrientation(segment);
      }
    }
    if (marker === 0xda) {
      if (!frame) throw damagedJpeg(name, 'its frame header is missing');
      if (!hasEnd(bytes, end))
        throw damagedJpeg(name, 'it ends before its end mark, so a part of the picture is missing');
      return { ...frame, orientation, exifStarts, applicationData, thirdDataBytes };
    }
    offset = end;
  }
}

/** A copy of the file whose EXIF no viewer knows as such, so that none turns it. */
export function withoutExif(bytes: Uint8Array, { exifStarts }: JpegHeader): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (const start of exifStarts) copy.set(new TextEncoder().encode('none'), start);
  return copy;
}
