import { afterEach, beforeEach, expect, it } from 'vitest';
import { walkDirectory } from './directory';
import { readSource } from './sourceFile';

/** A folder of the browser's own storage stands for one that a person chose: its handles are the same. */
const name = 'walked';
let folder: FileSystemDirectoryHandle;

async function write(directory: FileSystemDirectoryHandle, file: string, text: string): Promise<void> {
  const stream = await (await directory.getFileHandle(file, { create: true })).createWritable();
  await stream.write(text);
  await stream.close();
}

beforeEach(async () => {
  folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });
  const chair = await folder.getDirectoryHandle('chair', { create: true });
  await write(chair, '1.png', 'one');
  await write(chair, '<img src=x onerror=alert(1)>.png', 'two');
});
afterEach(async () => {
  const storage = await navigator.storage.getDirectory();
  await storage.removeEntry(name, { recursive: true }).catch(() => undefined); // a test may have removed it
});

const text = async (bytes: Promise<Uint8Array>): Promise<string> => new TextDecoder().decode(await bytes);

it('lists what lies in a real directory, whatever it is called', async () => {
  const { files, skipped } = await walkDirectory(folder);
  expect(skipped).toEqual([]);
  expect(files.map(({ path, size }) => [path, size])).toEqual([
    ['walked/chair/1.png', 3],
    ['walked/chair/<img src=x onerror=alert(1)>.png', 3],
  ]);
});

it('reads a file anew that was rewritten after it was listed, and names one that was removed', async () => {
  const { files } = await walkDirectory(folder);
  const [first] = files;
  expect(await text(readSource(first!))).toBe('one');
  const chair = await folder.getDirectoryHandle('chair');
  await write(chair, '1.png', 'another one');
  expect(await text(readSource(first!))).toBe('another one');
  await chair.removeEntry('1.png');
  await expect(readSource(first!)).rejects.toThrow(/^walked\/chair\/1\.png can no longer be read/);
});

it('says that a directory is gone, and how many of its files are remembered', async () => {
  await (await navigator.storage.getDirectory()).removeEntry(name, { recursive: true });
  await expect(walkDirectory(folder, { rememberedFiles: 1449 })).rejects.toMatchObject({
    failure: { code: 'missing-file', remedy: expect.stringContaining('the 1449 files that are remembered') as string },
  });
});
