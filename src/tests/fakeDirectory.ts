/** What stands in a folder that lies in memory: folders, files, or an error that reading it gives. */
export interface FakeFolder {
  readonly [name: string]: FakeFolder | File | Error;
}

/** A directory handle over a tree in memory, as far as the studio uses one; Node has none. */
export function fakeDirectory(name: string, content: FakeFolder | Error): FileSystemDirectoryHandle {
  const handle = {
    kind: 'directory',
    name,
    async *values() {
      await Promise.resolve();
      if (content instanceof Error) throw content;
      for (const [child, value] of Object.entries(content)) {
        if (value instanceof File) yield fakeFile(child, value);
        else if (value instanceof Error && child.includes('.')) yield fakeFile(child, value);
        else yield fakeDirectory(child, value);
      }
    },
    isSameEntry: (other: unknown) => Promise.resolve(other === handle),
    queryPermission: () => Promise.resolve('granted'),
    requestPermission: () => Promise.resolve('granted'),
  };
  return handle as unknown as FileSystemDirectoryHandle;
}

/** A handle of a file in memory, or of one that cannot be read. */
function fakeFile(name: string, file: File | Error): FileSystemFileHandle {
  const getFile = (): Promise<File> => (file instanceof Error ? Promise.reject(file) : Promise.resolve(file));
  return { kind: 'file', name, getFile } as unknown as FileSystemFileHandle;
}
