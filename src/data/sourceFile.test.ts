import { expect, it } from 'vitest';
import { fromDropped, readHead, readSource } from './sourceFile';
import type { SourceFile } from './sourceFile';

const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const file = new File([bytes], '0001.png', { lastModified: 1_700_000_000_000 });
const source = fromDropped({ path: 'chair/0001.png', file });

const gone = { arrayBuffer: () => Promise.reject(new DOMException('it changed', 'NotReadableError')) };
const withdrawnBlob = Object.assign(new Blob([]), { ...gone, slice: () => gone });
const handleTo = (getFile: () => Promise<File>): FileSystemFileHandle => ({ getFile }) as FileSystemFileHandle;

it('keeps what tells a changed file apart', () => {
  expect(source).toMatchObject({ path: 'chair/0001.png', size: 1000, lastModified: 1_700_000_000_000 });
});

it('reads all bytes, or the first ones', async () => {
  expect(await readSource(source)).toEqual(bytes);
  expect(await readHead(source, 16)).toEqual(bytes.slice(0, 16));
  expect(await readHead(source, 5000)).toEqual(bytes);
});

it('names a file that was withdrawn', async () => {
  const lost: SourceFile = { ...source, source: withdrawnBlob };
  const failure = { code: 'missing-file', remedy: 'Choose the folder again.' };
  await expect(readSource(lost)).rejects.toMatchObject({ failure });
  await expect(readHead(lost, 4)).rejects.toMatchObject({ failure });
  await expect(readSource(lost)).rejects.toThrow('chair/0001.png can no longer be read');
});

it('gets a rewritten file anew from its handle', async () => {
  const rewritten: SourceFile = { ...source, source: withdrawnBlob, handle: handleTo(() => Promise.resolve(file)) };
  expect(await readSource(rewritten)).toEqual(bytes);
  const removed = handleTo(() => Promise.reject(new DOMException('no such file', 'NotFoundError')));
  await expect(readSource({ ...source, source: withdrawnBlob, handle: removed })).rejects.toMatchObject({
    failure: { code: 'missing-file' },
  });
});
