import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { decodeImage } from './registry';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.padEnd(64, '\0'), (letter) => letter.charCodeAt(0));

describe('a file that no reader claims', () => {
  it.each([
    ['GIF89a', /^a is a GIF image/, /as PNG/],
    ['\0\0\0\x1cftypavif', /^a is an AVIF or HEIC image/, /PNG/],
    ['\0\0\0\x18ftypheic', /^a is an AVIF or HEIC image/, /PNG/],
    ['\x76\x2f\x31\x01', /^a is an OpenEXR image/, /TIFF, PFM or NPY/],
    ['FFF\0', /^a is a FLIR recording/, /radiometric JPEG/],
    ['\x89HDF\r\n', /^a is an HDF5 file/, /NPY/],
    ['PK\x03\x04', /^a is a zip archive/, /Unpack/],
    ['', /^a is not an image/, /Leave it out/],
  ])('that begins with %j is told by its name and a way out', async (head, message, remedy) => {
    const outcome: unknown = await decodeImage(bytesOf(head), 'a').catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(StudioError);
    const { failure } = outcome as StudioError;
    expect(failure.code).toBe('unknown-format');
    expect(failure.message).toMatch(message);
    expect(failure.remedy).toMatch(remedy);
  });
});
