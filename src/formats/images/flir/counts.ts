import { checkGrowth, checkSize } from '../limits';
import { looksLikePng, readPngChunks } from '../pngChunks';
import { decodePngPixels } from '../pngPixels';
import { unsupportedImage } from '../refusals';
import { damagedFlir } from './records';
import type { FlirRecord } from './records';

export interface Counts {
  readonly width: number;
  readonly height: number;
  /** Row-major, as the sensor counted. */
  readonly samples: Uint16Array<ArrayBuffer>;
}

/** Where the pixels begin in their record. */
const pixelsOffset = 32;

/** Sum of differences between neighbours in a row. */
function roughness(samples: Uint16Array, width: number): number {
  let sum = 0;
  for (let i = 1; i < samples.length; i++) {
    if (i % width !== 0) sum += Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0));
  }
  return sum;
}

/**
 * Most cameras write the bytes of each PNG sample in the wrong order, and no field says so. Read in the wrong order,
 * neighbouring pixels differ by hundreds of times more: the smoother reading is the right one, and the swapped one where
 * both are alike.
 */
function inRightOrder(stored: Uint16Array, width: number): Uint16Array<ArrayBuffer> {
  const swapped = stored.map((sample) => ((sample & 0xff) << 8) | (sample >> 8));
  return new Uint16Array(roughness(swapped, width) <= roughness(stored, width) ? swapped : stored);
}

function readPng(content: Uint8Array, width: number, height: number, name: string): Uint16Array<ArrayBuffer> {
  const chunks = readPngChunks(content, `${name} (thermal image)`);
  const { header } = chunks;
  if (header.width !== width || header.height !== height || header.bitDepth !== 16 || header.channels !== 1)
    throw damagedFlir(name, `the thermal image is not of ${width}x${height} pixels with 16 bits`);
  checkGrowth(width * height * 2, content.length, name);
  const stored = decodePngPixels(header, chunks.pixelData, `${name} (thermal image)`);
  return inRightOrder(Uint16Array.from(stored), width);
}

/**
 * Reads the counts of the sensor: two bytes a pixel, or a PNG.
 * @throws StudioError `damaged-file`, `too-large`, or `unsupported-format` for any other packing
 */
export function readCounts({ view, littleEndian }: FlirRecord, name: string): Counts {
  const [width, height] = [view.getUint16(2, littleEndian), view.getUint16(4, littleEndian)];
  if (width === 0 || height === 0) throw damagedFlir(name, `the thermal image has ${width}x${height} pixels`);
  checkSize(width, height, 4, name);
  const content = new Uint8Array(view.buffer, view.byteOffset + pixelsOffset, view.byteLength - pixelsOffset);
  if (looksLikePng(content)) return { width, height, samples: readPng(content, width, height, name) };
  if (content.length !== width * height * 2) {
    throw unsupportedImage(
      'FLIR radiometric JPEG image',
      name,
      content[0] === 0xff && content[1] === 0xd8
        ? `measurements in ${content[3] === 0xf7 ? 'JPEG-LS' : 'JPEG'} compression`
        : `measurements that are neither PNG nor ${width}x${height} numbers of two bytes`,
      'Export it from FLIR Thermal Studio as a 16-bit TIFF or save a copy without measurements, or leave it out.',
    );
  }
  const samples = new Uint16Array(width * height);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getUint16(pixelsOffset + i * 2, littleEndian);
  return { width, height, samples };
}
