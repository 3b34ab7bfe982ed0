import { StudioError } from '../../shared/failure';
import { bmp } from './bmp';
import { jpeg } from './jpeg';
import { npy } from './npy';
import { npz } from './npz';
import { pfm } from './pfm';
import { png } from './png';
import { pnm } from './pnm';
import { describeContent } from './sniff';
import { tiff } from './tiff';
import { webp } from './webp';
import type { ImageFormat, RawImage } from './format';

const formats: readonly ImageFormat[] = [png, jpeg, tiff, pnm, pfm, npy, npz, bmp, webp];

/** How many bytes of a file decide which format it has. */
export const headBytes = 256;

/** File name endings of the formats that can be read, without the dot. */
export const imageExtensions: ReadonlySet<string> = new Set(formats.flatMap((format) => format.extensions));

/** The formats that can be read, for people: `PNG, JPEG or TIFF`. */
export const imageFormatNames: string = formats
  .map(({ label }) => label)
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');

/** The reader of a file by its first bytes, whatever its name says; null when there is none. */
export function findImageFormat(head: Uint8Array): ImageFormat | null {
  return formats.find((format) => format.matches(head)) ?? null;
}

/**
 * Decodes an image of any supported format, decided by its content.
 * @param path for messages
 * @throws StudioError `unknown-format` (says what the file is), `unsupported-format`, `damaged-file` or `too-large`
 */
export async function decodeImage(bytes: Uint8Array, path: string): Promise<RawImage> {
  const head = bytes.subarray(0, headBytes);
  const format = findImageFormat(head);
  if (format) return format.decode(bytes, path);
  const { what, remedy } = describeContent(head);
  throw new StudioError({ code: 'unknown-format', message: `${path} is ${what}.`, remedy });
}
