/** A file that is read and written at any place, at once. Throws what its storage throws: a full disk is no mistake. */
export interface RandomFile {
  size(): number;
  /** Fills `into` from `at` on. @returns bytes that were there */
  read(into: Uint8Array, at: number): number;
  /** @throws when not all bytes could be written */
  write(bytes: Uint8Array, at: number): void;
  truncate(bytes: number): void;
  /** Returns when all that was written is safe. */
  flush(): void;
  close(): void;
}

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Grows with the time of the last change. */
  readonly modified: number;
}

/** A place for files: the browser's private storage, or memory. One owner at a time. */
export interface Shelf {
  /** Bytes that may be used in all. */
  readonly limitBytes: number;
  list(): Promise<readonly StoredFile[]>;
  /** Opens a file, empty where there was none. An open file cannot be removed. */
  open(name: string): Promise<RandomFile>;
  remove(name: string): Promise<void>;
}

const pageBytes = 2 ** 20;

/** A file in memory, by pages, so that growing copies nothing. */
function memoryFile(onChange: () => void): RandomFile {
  let pages: Uint8Array[] = [];
  let length = 0;
  /** Goes through the pages under `[at, at + bytes.length)`: `act` gets a part of a page and where it is in `bytes`. */
  const eachPage = (count: number, at: number, act: (part: Uint8Array, offset: number) => void): void => {
    for (let offset = 0; offset < count;) {
      const start = (at + offset) % pageBytes;
      const step = Math.min(count - offset, pageBytes - start);
      const index = Math.floor((at + offset) / pageBytes);
      const page = (pages[index] ??= new Uint8Array(pageBytes));
      act(page.subarray(start, start + step), offset);
      offset += step;
    }
  };
  return {
    size: () => length,
    read(into, at) {
      const count = Math.max(0, Math.min(into.length, length - at));
      eachPage(count, at, (part, offset) => {
        into.set(part, offset);
      });
      return count;
    },
    write(bytes, at) {
      length = Math.max(length, at + bytes.length);
      eachPage(bytes.length, at, (part, offset) => {
        part.set(bytes.subarray(offset, offset + part.length));
      });
      onChange();
    },
    truncate(bytes) {
      pages = pages.slice(0, Math.ceil(bytes / pageBytes));
      length = Math.min(length, bytes);
      onChange();
    },
    flush: () => undefined,
    close: () => undefined,
  };
}

/** A shelf in memory: for browsers that give no storage, and for tests. */
export function createMemoryShelf(limitBytes: number): Shelf {
  const files = new Map<string, { file: RandomFile; modified: number }>();
  let changes = 0;
  return {
    limitBytes,
    list: () =>
      Promise.resolve([...files].map(([name, { file, modified }]) => ({ name, bytes: file.size(), modified }))),
    open(name) {
      const known = files.get(name);
      if (known) return Promise.resolve(known.file);
      const entry = { file: memoryFile(() => (entry.modified = ++changes)), modified: ++changes };
      files.set(name, entry);
      return Promise.resolve(entry.file);
    },
    remove(name) {
      files.delete(name);
      return Promise.resolve();
    },
  };
}
