import { expect, it } from 'vitest';
import { fakeDirectory } from '../tests/fakeDirectory';
import type { FakeFolder } from '../tests/fakeDirectory';
import { createStudioHarness, targetFiles } from '../tests/studioHarness';

const [one, two, three] = targetFiles(3, ['chair']).map(({ file }) => file) as [File, File, File];
const vanished = new DOMException('It is gone.', 'NotFoundError');

it('opens a directory, names what cannot be read of it, and lists it', async () => {
  const { handlers, events } = createStudioHarness();
  const directory = fakeDirectory('depth', { chair: { '1.png': one, '2.png': two, '3.png': vanished } });
  const { folders } = await handlers['images/open']({ role: 'target', files: [], directory });
  expect(folders.target).toMatchObject({ name: 'chair', usable: 2, skippedCount: 1, change: null });
  expect(folders.target?.skipped).toEqual([
    { path: 'depth/chair/3.png', reason: 'vanished while the folder was read' },
  ]);
  expect(await handlers['images/listing']({ role: 'target' })).toEqual({
    paths: ['depth/chair/1.png', 'depth/chair/2.png'],
    sizes: Float64Array.of(one.size, two.size),
    modified: Float64Array.of(one.lastModified, two.lastModified),
  });
  expect(events.find(({ type }) => type === 'project/reading')).toMatchObject({ role: 'target' });
});

it('tells what became of it since it was last open, until it is opened without a past', async () => {
  const { handlers } = createStudioHarness();
  await handlers['images/open']({
    role: 'target',
    files: [],
    directory: fakeDirectory('depth', { '1.png': one, '2.png': two }),
  });
  const before = await handlers['images/listing']({ role: 'target' });
  const directory = fakeDirectory('depth', { '1.png': one, '3.png': three });
  const again = await handlers['images/open']({ role: 'target', files: [], directory, before });
  expect(again.folders.target?.change).toEqual({ changed: [], added: ['3.png'], removed: ['2.png'] });
  const fresh = await handlers['images/open']({ role: 'target', files: [], directory });
  expect(fresh.folders.target?.change).toBeNull();
});

it('keeps the folder that is open when a remembered one is gone', async () => {
  const { handlers } = createStudioHarness();
  await handlers['images/open']({ role: 'target', files: targetFiles(2, ['chair']) });
  const before = await handlers['images/listing']({ role: 'target' });
  const opening = handlers['images/open']({
    role: 'target',
    files: [],
    directory: fakeDirectory('depth', vanished),
    before,
  });
  await expect(opening).rejects.toMatchObject({
    failure: { code: 'missing-file', remedy: expect.stringContaining('the 2 files that are remembered') as string },
  });
  expect((await handlers['images/listing']({ role: 'target' })).paths).toEqual(before.paths);
});

it('stops listing a folder that leads into itself as soon as its role is emptied', async () => {
  const { handlers } = createStudioHarness();
  let visits = 0;
  let removing: Promise<unknown> = Promise.resolve();
  const maze: FakeFolder = {
    '1.png': one,
    get again(): FakeFolder {
      if (++visits === 10) removing = Promise.resolve(handlers['images/remove']({ role: 'target' }));
      return maze;
    },
    get onceMore(): FakeFolder {
      return maze;
    },
  };
  const opening = handlers['images/open']({ role: 'target', files: [], directory: fakeDirectory('depth', maze) });
  await expect(opening).rejects.toMatchObject({ failure: { code: 'cancelled' } });
  await removing;
  expect(visits).toBeLessThan(200);
});
