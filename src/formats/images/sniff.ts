import { spells } from './spelling';

/** What a file that no image reader claims really is, and what to do about it. */
export interface Finding {
  /** Completes the sentence "x is ...". */
  readonly what: string;
  readonly remedy: string;
}

interface Kind extends Finding {
  matches(head: Uint8Array): boolean;
}

const convert = 'Convert it to PNG (16-bit PNG keeps depth and thermal values exact), or leave it out.';
const convertFloats = 'Convert it to TIFF, PFM or NPY with its values as they are, or leave it out.';
const leaveOut = 'Leave it out, or choose a folder of images.';

const text = (head: Uint8Array): string => new TextDecoder('latin1').decode(head).trimStart().toLowerCase();

const kinds: readonly Kind[] = [
  {
    what: 'an empty file',
    remedy: 'Copy it again from its source, or leave it out.',
    matches: (head) => head.length === 0,
  },
  {
    what: 'a Git LFS pointer, a few lines of text that stand for the image',
    remedy: 'Fetch the images with "git lfs pull" and choose the folder again.',
    matches: (head) => spells(head, 'version https://git-lfs'),
  },
  {
    what: 'a web page, not an image',
    remedy: 'The download went wrong: fetch the image again.',
    matches: (head) => /^<(!doctype html|html|head)/.test(text(head)),
  },
  {
    what: 'a GIF image, whose colours are reduced to 256',
    remedy: 'Take the pictures that it was made from, or save each of its own as PNG, or leave it out.',
    matches: (head) => spells(head, 'GIF8'),
  },
  {
    what: 'an AVIF or HEIC image',
    remedy: convert,
    matches: (head) => spells(head, 'ftyp', 4) && /^(avi|hei|mif)/.test(text(head.subarray(8, 12))),
  },
  {
    what: 'an OpenEXR image',
    remedy: convertFloats,
    matches: (head) => head[0] === 0x76 && head[1] === 0x2f && head[2] === 0x31 && head[3] === 0x01,
  },
  { what: 'a JPEG 2000 image', remedy: convert, matches: (head) => spells(head, 'jP  ', 4) },
  {
    what: 'a FLIR recording (FFF or SEQ)',
    remedy: 'Export its pictures from FLIR Thermal Studio as radiometric JPEG or 16-bit TIFF, or leave it out.',
    matches: (head) => spells(head, 'FFF\0') || spells(head, 'AFF\0'),
  },
  { what: 'a MATLAB file', remedy: convertFloats, matches: (head) => spells(head, 'MATLAB') },
  { what: 'an HDF5 file', remedy: convertFloats, matches: (head) => spells(head, 'HDF', 1) },
  {
    what: 'a zip archive',
    remedy: 'Unpack it, or drop it alone.',
    matches: (head) => spells(head, 'PK') && (head[2] ?? 0) < 9,
  },
  { what: 'a PDF document', remedy: leaveOut, matches: (head) => spells(head, '%PDF') },
  {
    what: 'text, not an image',
    remedy: leaveOut,
    matches: (head) => head.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13)),
  },
];

/** Names the content of a file from its first bytes. */
export function describeContent(head: Uint8Array): Finding {
  return kinds.find((kind) => kind.matches(head)) ?? { what: 'not an image that the studio knows', remedy: leaveOut };
}
