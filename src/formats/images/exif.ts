import { spells } from './spelling';

/** What some containers put before the TIFF structure of EXIF. */
export const exifMark = 'Exif\0\0';

const orientationTag = 0x0112;
const shortType = 3;

/**
 * The orientation that a block of EXIF states: 1 upright, 2 to 8 as of tag 274 of TIFF.
 * Source: CIPA DC-008 (Exif 3.0), 4.6.5.
 * @param block TIFF structure, with or without its mark before it
 * @returns null without one; anything malformed counts as none, for it says nothing about the pixels
 */
export function exifOrientation(block: Uint8Array): number | null {
  const tiff = spells(block, exifMark) ? block.subarray(exifMark.length) : block;
  if (tiff.length < 8) return null;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const littleEndian = spells(tiff, 'II');
  if (!littleEndian && !spells(tiff, 'MM')) return null;
  if (view.getUint16(2, littleEndian) !== 42) return null;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return null;
  const end = Math.min(tiff.length, directory + 2 + view.getUint16(directory, littleEndian) * 12);
  for (let entry = directory + 2; entry + 12 <= end; entry += 12) {
    if (view.getUint16(entry, littleEndian) !== orientationTag) continue;
    const value = view.getUint16(entry + 8, littleEndian);
    return view.getUint16(entry + 2, littleEndian) === shortType && value >= 1 && value <= 8 ? value : null;
  }
  return null;
}

/** The field of an image that is not upright; nothing for one that is, or that does not say so. */
export const orientationField = (orientation: number | null): { readonly orientation?: number } =>
  orientation === null || orientation === 1 ? {} : { orientation };
