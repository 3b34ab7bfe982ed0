import { encode } from 'fast-png';
import { fromDropped } from '../data/sourceFile';
import type { SourceFile } from '../data/sourceFile';

/** A grey PNG of 6x5 pixels; every seed has other ones. */
export const smallPng = (seed: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    encode({
      width: 6,
      height: 5,
      channels: 1,
      depth: 8,
      data: Uint8Array.from({ length: 30 }, (_, i) => (seed * 37 + i * 8) % 256),
    }),
  );

/** A file that was dropped; without content an image that depends on the length of its path. */
export const droppedSource = (
  path: string,
  content: Uint8Array<ArrayBuffer> | string = smallPng(path.length),
): SourceFile => fromDropped({ path, file: new File([content], path.split('/').at(-1) ?? '') });
