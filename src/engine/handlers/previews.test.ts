import { describe, expect, it } from 'vitest';
import { plainRecipe } from '../../shared/recipe';
import type { DroppedFile } from '../../shared/images';
import { createStudioHarness, targetFiles } from '../../tests/studioHarness';

/** Four 8x8 pictures in two class folders, of random pixels. */
async function openedStudio(files: readonly DroppedFile[] = targetFiles(4, ['bed', 'sofa'])) {
  const studio = createStudioHarness();
  await studio.handlers['images/open']({ role: 'target', files });
  return studio;
}

describe('a preview', () => {
  it('tries a recipe without setting it', async () => {
    const { handlers } = await openedStudio();
    const set = await handlers['images/preview']({ role: 'target', index: 1 });
    const recipe = { ...plainRecipe, scaling: { kind: 'clip', low: 100, high: 120 } as const };
    const tried = await handlers['images/preview']({ role: 'target', index: 1, recipe });
    expect(tried.scaledRange).toEqual([100, 120]);
    expect(tried.networkPicture).not.toEqual(set.networkPicture);
    expect(await handlers['images/preview']({ role: 'target', index: 1 })).toEqual(set);
  });

  it('refuses a recipe of impossible numbers, and an image that is not there', async () => {
    const { handlers } = await openedStudio();
    const recipe = { ...plainRecipe, scaling: { kind: 'clip', low: 9, high: 9 } as const };
    expect(() => handlers['images/preview']({ role: 'target', index: 0, recipe })).toThrow(/from 9 to 9/);
    expect(() => handlers['images/preview']({ role: 'target', index: 4 })).toThrow(
      /no image number 5 in "target": it has 4/,
    );
  });
});

describe('a grid', () => {
  it('shows part of a folder with labels, as the network sees it', async () => {
    const { handlers } = await openedStudio();
    const images = await handlers['images/grid']({ role: 'target', from: 1, count: 10, size: 4 });
    expect(images.map(({ index, label }) => [index, label])).toEqual([
      [1, 'bed'],
      [2, 'sofa'],
      [3, 'sofa'],
    ]);
    for (const { picture } of images) expect([picture?.width, picture?.height]).toEqual([4, 4]);
    expect(await handlers['images/grid']({ role: 'target', from: 4, count: 1, size: 4 })).toEqual([]);
  });

  it('shows the others where a file can no longer be read', async () => {
    const files = targetFiles(3, ['bed']);
    const gone = files[1]?.file;
    const { handlers } = await openedStudio(files);
    if (!gone) throw new Error('no file');
    for (const read of ['arrayBuffer', 'slice'] as const) {
      gone[read] = () => {
        throw new DOMException('It was moved.', 'NotReadableError');
      };
    }
    const images = await handlers['images/grid']({ role: 'target', from: 0, count: 3, size: 4 });
    expect(images[0]?.picture).not.toBeNull();
    expect(images[1]?.picture).toBeNull();
    expect(images[2]?.picture).not.toBeNull();
  });
});
