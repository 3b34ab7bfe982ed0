import { encode } from 'fast-png';
import { expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { createRng } from '../shared/rng';
import { createStudioHarness, pairFiles } from '../tests/studioHarness';
import type { DroppedFile, ImageRole } from '../shared/images';
import type { ProjectSummary } from '../shared/protocol';
import type { ImageRecipe } from '../shared/recipe';

const scenes = 4;

/** Millimetres between 0.6 and 3.6 m in 16 bits. */
function depthFiles(name: (scene: number) => string): DroppedFile[] {
  return Array.from({ length: scenes }, (_, scene) => {
    const rng = createRng(scene + 1);
    const data = Uint16Array.from({ length: 64 }, () => 600 + Math.floor(3000 * rng.next()));
    const bytes = new Uint8Array(encode({ width: 8, height: 8, channels: 1, depth: 16, data }));
    return { path: name(scene), file: new File([bytes], name(scene)) };
  });
}

/** One folder that holds both pictures of each scene. */
const mixed = (): DroppedFile[] => [
  ...pairFiles(scenes, 'x', 3).map(({ file }, scene) => ({ path: `rooms/${scene}_rgb.png`, file })),
  ...depthFiles((scene) => `rooms/${scene}_depth.png`),
];
const bySuffix = { kind: 'pattern', rgb: '(.*)_rgb', target: '(.*)_depth' } as const;

async function openBothSides(): Promise<{
  studio: ReturnType<typeof createStudioHarness>;
  open: (role: ImageRole, files: readonly DroppedFile[]) => Promise<ProjectSummary>;
}> {
  const studio = createStudioHarness();
  const open = async (role: ImageRole, files: readonly DroppedFile[]): Promise<ProjectSummary> =>
    studio.handlers['images/open']({ role, files });
  await open('pairsRgb', mixed());
  await open('pairsTarget', mixed());
  return { studio, open };
}

it('suggests for each side of a folder of both cameras what its own images need, once a rule tells them apart', async () => {
  const { studio, open } = await openBothSides();
  const { folders } = await studio.handlers['pairs/rule']({ rule: bySuffix });
  expect(folders.pairsRgb).toMatchObject({ usable: 8, measured: 8, inPairs: 4, channels: [3], bitDepths: [8] });
  expect(folders.pairsRgb?.recipe.scaling).toEqual({ kind: 'full' });
  const percentiles = { kind: 'percentile', low: 1, high: 99 };
  expect(folders.pairsTarget).toMatchObject({ usable: 8, inPairs: 4, channels: [1], bitDepths: [16] });
  expect(folders.pairsTarget?.recipe.scaling).toEqual(percentiles);
  expect(folders.pairsTarget?.suggestedRecipe.scaling).toEqual(percentiles);
  expect(folders.pairsTarget?.valueRange[1]).toBeLessThan(3600);
  expect(folders.pairsTarget?.warnings).toEqual([]);
  await open('target', depthFiles((scene) => `unlabelled/${scene}.png`));
  const clip: ImageRecipe = { ...(folders.pairsTarget?.recipe as ImageRecipe), scaling: { kind: 'clip', low: 0, high: 5000 } };
  const shared = await studio.handlers['images/recipe']({ role: 'target', recipe: clip });
  expect(shared.folders.pairsTarget?.recipe).toEqual(clip);
  const again = await studio.handlers['pairs/rule']({ rule: { ...bySuffix, target: '(.*)_depth\\.' } });
  expect(again.folders.pairsTarget?.recipe).toEqual(clip);
}); // prettier-ignore

it('keeps a recipe that was set by hand when the pairs are made by another rule', async () => {
  const { studio } = await openBothSides();
  const { folders } = await studio.handlers['images/recipe']({
    role: 'pairsTarget',
    recipe: { ...((await studio.handlers['pairs/rule']({ rule: bySuffix })).folders.pairsTarget?.recipe as ImageRecipe), scaling: { kind: 'minMax' } },
  }); // prettier-ignore
  const byHand = folders.pairsTarget?.recipe;
  expect(byHand?.scaling).toEqual({ kind: 'minMax' });
  const again = await studio.handlers['pairs/rule']({ rule: { ...bySuffix, target: '(.*)_depth\\.' } });
  expect(again.folders.pairsTarget).toMatchObject({ recipe: byHand, recipeReason: 'Set by hand.' });
});

it('does not pair pictures with themselves, but proposes the rule that their names suggest', async () => {
  const { studio } = await openBothSides();
  const { pairs, blockers } = await studio.handlers['images/remove']({ role: 'test' });
  expect(pairs).toBeNull();
  const refusal = blockers.find(({ code }) => code === 'no-pairs');
  expect(refusal?.message).toBe('Both sides show the same pictures: 8 of 8 partners in "rooms" and "rooms" are equal, pixel for pixel.'); // prettier-ignore
  const [, rgb = '', target = ''] =
    /the expressions (\S+) for RGB and (\S+) for target/.exec(refusal?.remedy ?? '') ?? [];
  expect(await studio.handlers['pairs/rule']({ rule: { kind: 'pattern', rgb, target } })).toMatchObject({ pairs: { matched: scenes } }); // prettier-ignore
  await expect(studio.handlers['pairs/rule']({ rule: { kind: 'index' } })).rejects.toThrow(StudioError);
});

it('leaves out a few pictures that lie on both sides, and says how many', async () => {
  const studio = createStudioHarness();
  const rgb = pairFiles(5, 'rgb', 3);
  const target = pairFiles(5, 'depth', 1).map((file, at) => (at === 2 ? { ...file, file: rgb[2]?.file ?? file.file } : file));
  await studio.handlers['images/open']({ role: 'pairsRgb', files: rgb });
  const { pairs, folders } = await studio.handlers['images/open']({ role: 'pairsTarget', files: target });
  expect(pairs).toMatchObject({ matched: 4, unmatchedRgb: ['rgb/2.png'], unmatchedTarget: ['depth/2.png'] });
  expect(folders.pairsTarget?.warnings).toContain('1 pair shows the same picture on both sides, and was left out.');
}); // prettier-ignore

it('gives the range of SUN RGB-D in millimetres, beyond 8.191 m too, unless the recipe takes the values as they are', async () => {
  const files = Array.from({ length: 2 }, (_, scene): DroppedFile => {
    const data = Uint16Array.from({ length: 64 }, (_, at) => {
      const mm = at === 0 ? 9001 : 701 + 97 * at;
      return ((mm << 3) | (mm >> 13)) & 0xffff;
    });
    const bytes = new Uint8Array(encode({ width: 8, height: 8, channels: 1, depth: 16, data }));
    return { path: `sun/${scene}.png`, file: new File([bytes], `${scene}.png`) };
  });
  const studio = createStudioHarness();
  const { folders } = await studio.handlers['images/open']({ role: 'target', files });
  expect(folders.target).toMatchObject({ recipe: { scaling: { kind: 'sunRgbd' } }, valueRange: [798, 9001], unit: 'mm' });
  const recipe: ImageRecipe = { ...(folders.target?.recipe as ImageRecipe), scaling: { kind: 'minMax' } };
  const raw = (await studio.handlers['images/recipe']({ role: 'target', recipe })).folders.target;
  expect(raw?.valueRange[1]).toBe(6812 * 8);
  expect(raw?.unit).toBeUndefined();
}); // prettier-ignore
