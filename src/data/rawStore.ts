import { StudioError } from '../shared/failure';
import type { RawImage } from '../formats/images/format';
import type { DroppedFile } from '../shared/images';

/** Decodes one file; where that happens (a pool of workers, here) is decided by whoever gives it. */
export type Decoder = (blob: Blob, path: string) => Promise<RawImage>;

const unreadable: ReadonlySet<string> = new Set(['NotReadableError', 'NotFoundError', 'NotAllowedError']);

/**
 * Decodes a file.
 * @throws StudioError `missing-file` when the file was changed, moved or withdrawn since it was dropped; else what the
 * decoder throws
 */
export async function decodeFile(decode: Decoder, { file, path }: DroppedFile): Promise<RawImage> {
  try {
    return await decode(file, path);
  } catch (error) {
    if (!(error instanceof Error) || !unreadable.has(error.name)) throw error;
    throw new StudioError({
      code: 'missing-file',
      message: `${path} can no longer be read: it was changed, moved or removed after it was chosen.`,
      remedy: 'Choose the folder again.',
      detail: `${error.name}: ${error.message}`,
    });
  }
}

/** Decoded images kept within a memory budget; the others are decoded again when asked for. */
export interface RawStore {
  /** Keeps an image if there is room. */
  readonly offer: (index: number, image: RawImage) => void;
  readonly read: (index: number) => Promise<RawImage>;
}

export function createRawStore(files: readonly DroppedFile[], decode: Decoder, budgetBytes: number): RawStore {
  const kept = new Map<number, RawImage>();
  let bytes = 0;
  return {
    offer(index, image) {
      if (kept.has(index) || bytes + image.samples.byteLength > budgetBytes) return;
      kept.set(index, image);
      bytes += image.samples.byteLength;
    },
    async read(index) {
      const image = kept.get(index);
      if (image) return image;
      const file = files[index];
      if (!file) throw new RangeError(`image ${String(index)} of ${String(files.length)}`);
      return decodeFile(decode, file);
    },
  };
}
