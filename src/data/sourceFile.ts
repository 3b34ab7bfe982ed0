import { readMember, readMemberHead } from '../formats/zipIndex';
import { StudioError } from '../shared/failure';
import type { PackedBlob } from '../formats/zipIndex';
import type { DroppedFile } from '../shared/images';

/**
 * A file that was chosen, wherever its bytes lie: on disk, or packed in an archive. Plain data that can be posted to
 * another thread; no byte is read before {@link readSource}.
 */
export interface SourceFile {
  /** Relative path with `/`, without a leading slash: `chair/0001.png`. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  /** The file on disk, or where it lies in an archive. */
  readonly source: Blob | PackedBlob;
  /** Gives the file anew where it was rewritten after it was listed. */
  readonly handle?: FileSystemFileHandle;
}

/** What browsers throw for a file that was changed, moved or withdrawn after it was chosen. */
const withdrawn: ReadonlySet<string> = new Set(['NotReadableError', 'NotFoundError', 'NotAllowedError']);

export const fromDropped = ({ path, file }: DroppedFile): SourceFile => ({
  path,
  size: file.size,
  lastModified: file.lastModified,
  source: file,
});

async function readAll({ source, path }: SourceFile): Promise<Uint8Array> {
  return source instanceof Blob ? new Uint8Array(await source.arrayBuffer()) : readMember(source, archiveOf(path));
}

async function readFirst({ source, path }: SourceFile, count: number): Promise<Uint8Array> {
  if (source instanceof Blob) return new Uint8Array(await source.slice(0, count).arrayBuffer());
  return readMemberHead(source, archiveOf(path), count);
}

/** Files of an archive lie below a folder of its name. */
const archiveOf = (path: string): string => path.split('/')[0] ?? path;

/** Reads, a second time from the handle where the file was rewritten. */
async function reading<T>(file: SourceFile, read: (file: SourceFile) => Promise<T>): Promise<T> {
  try {
    return await read(file);
  } catch (error) {
    if (!(error instanceof Error) || !withdrawn.has(error.name)) throw error;
    try {
      if (file.handle) return await read({ ...file, source: await file.handle.getFile() });
    } catch (again) {
      if (!(again instanceof Error) || !withdrawn.has(again.name)) throw again;
    }
    throw new StudioError({
      code: 'missing-file',
      message: `${file.path} can no longer be read: it was changed, moved or removed after it was chosen.`,
      remedy: 'Choose the folder again.',
      detail: `${error.name}: ${error.message}`,
    });
  }
}

/**
 * All bytes of a file.
 * @throws StudioError `missing-file` when it was changed, moved or withdrawn since it was chosen; `damaged-file` in an
 * archive
 */
export const readSource = (file: SourceFile): Promise<Uint8Array> => reading(file, readAll);

/**
 * The first bytes of a file, fewer where it is shorter; enough to tell what it is.
 * @param bytes at most 1024
 * @throws StudioError `missing-file` when it was changed, moved or withdrawn since it was chosen; `damaged-file` in an
 * archive
 */
export const readHead = (file: SourceFile, bytes: number): Promise<Uint8Array> =>
  reading(file, (current) => readFirst(current, bytes));

/**
 * The text of a file, as UTF-8.
 * @throws StudioError `missing-file` when it was changed, moved or withdrawn since it was chosen
 */
export const readText = async (file: SourceFile): Promise<string> => new TextDecoder().decode(await readSource(file));
