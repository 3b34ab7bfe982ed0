import { expect, it } from 'vitest';
import { openOpfsShelf } from './opfsShelf';

it.each([0, NaN])('is no shelf where the browser has room for %d bytes, and locks nothing', async (quota) => {
  const root = { getDirectoryHandle: () => Promise.reject(new Error('No folder is needed.')) };
  const storage = {
    getDirectory: () => Promise.resolve(root),
    estimate: () => Promise.resolve({ quota }),
  } as unknown as StorageManager;
  expect(await openOpfsShelf(storage)).toEqual({ reason: 'this browser has no room for them' });
});
