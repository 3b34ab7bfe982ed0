import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { zip } from '../formats/zip';
import { StudioError } from '../shared/failure';
import { fakeDirectory } from '../tests/fakeDirectory';
import { createStudioHarness, pairFiles } from '../tests/studioHarness';
import type { DroppedFile } from '../shared/images';
import type { PairRule } from '../shared/pairs';

const shared = join(process.env['SHARED_DIR'] ?? '../shared', 'data');
const haveShared = existsSync(shared);

const text = (path: string, content: string): DroppedFile => ({ path, file: new File([content], path) });
const renamed = ({ file }: DroppedFile, path: string): DroppedFile => ({ path, file });

/** Pictures of both cameras: real ones of the shared data, else random ones. */
function pictures(set: string, target: string, count: number): { rgb: DroppedFile; target: DroppedFile }[] {
  if (!haveShared) {
    const [rgb, other] = [pairFiles(count, 'rgb', 3), pairFiles(count, 'target', 1)];
    return rgb.map((file, at) => ({ rgb: file, target: other[at] ?? file }));
  }
  const names = readdirSync(join(shared, set, 'irrelevant_rgb')).sort();
  const read = (part: string, name: string): DroppedFile => ({
    path: name,
    file: new File([readFileSync(join(shared, set, part, name))], name),
  });
  // Spread over the set: neighbours show the same scene.
  return Array.from({ length: count }, (_, at) => names[Math.floor((at * names.length) / count)] ?? '').map((name) => ({
    rgb: read('irrelevant_rgb', name),
    target: read(target, name),
  }));
}

async function failureOf(work: () => unknown): Promise<StudioError['failure']> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StudioError) return error.failure;
    throw error;
  }
  throw new Error('expected a StudioError');
}

/** The raw tree of SUN RGB-D: `count` frames over two cameras and four scenes. */
function sunTree(count: number): DroppedFile[] {
  const scenes = ['kitchen', 'Office ', 'lab', 'idk'];
  return pictures('nyu-objects-depth', 'irrelevant_depth', count).flatMap(({ rgb, target }, at) => {
    const camera = at % 2 === 0 ? 'kv2/kinect2data' : 'xtion/xtion_align_data';
    const scene = scenes[Math.floor(at / 2) % scenes.length] ?? '';
    const frame = `SUNRGBD/${camera}/${String(at).padStart(6, '0')}`;
    return [
      renamed(rgb, `${frame}/image/0001.jpg`),
      renamed(target, `${frame}/depth/0001.png`),
      renamed(target, `${frame}/depth_bfx/0001.png`),
      // Labs were seen by one camera only.
      text(`${frame}/scene.txt`, scene === 'lab' && at % 2 === 1 ? 'corridor' : scene),
      text(`${frame}/intrinsics.txt`, '520 0 320 0 520 240 0 0 1'),
      text(`${frame}/.DS_Store`, ''),
    ];
  });
}

describe('importing a dataset', () => {
  it('opens SUN RGB-D in all roles, with labels and pairs, and checks the pairs', async () => {
    const studio = createStudioHarness();
    const found = await studio.handlers['dataset/find']({ files: sunTree(48) });
    expect(found).toMatchObject({ kind: 'sunRgbd', name: 'SUNRGBD', target: 12, pairs: 12, classes: [{ name: 'kitchen' }, { name: 'office' }] }); // prettier-ignore
    expect(await studio.handlers['dataset/choose']({ key: 'target', chosen: ['xtion'] })).toMatchObject({ target: 12 });
    const project = await studio.handlers['dataset/import']({});
    expect(project.folders.target).toMatchObject({ usable: 12, classes: [{ name: 'kitchen', count: 6 }, { name: 'office', count: 6 }] }); // prettier-ignore
    expect(project.folders.pairsRgb).toMatchObject({ usable: 12, classes: null });
    expect(project.pairs).toMatchObject({ rule: { kind: 'dataset' }, matched: 12, unmatchedRgbCount: 0 });
    for (const { rgb, target } of project.pairs?.examples ?? []) {
      expect(target).toBe(rgb.replace('/image/', '/depth_bfx/').replace('.jpg', '.png'));
    }
    if (haveShared) expect(await studio.handlers['pairs/check']({})).toMatchObject({ sampled: 12, verdict: 'aligned' });
    expect((await failureOf(() => studio.handlers['dataset/import']({}))).message).toBe('There is no dataset open.');
  });

  it('is offered where its tree was opened in a single role, and not for a folder that is of one role', async () => {
    const studio = createStudioHarness();
    const whole = await studio.handlers['images/open']({ role: 'target', files: sunTree(16) });
    expect(whole.folders.target?.looksLike).toBe('SUN RGB-D');
    const lists = [...pairFiles(3, 'set', 1), text('set/a_depth_list.txt', 'set/0.png 0\nset/1.png 1\n')];
    const single = await studio.handlers['images/open']({ role: 'target', files: lists });
    expect(single.folders.target?.looksLike).toBeNull();
  });

  it('opens the same from a zip', async () => {
    const studio = createStudioHarness();
    const files = await Promise.all(
      sunTree(16).map(async ({ path, file }) => ({ path, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    const archive = new Uint8Array(zip(files));
    const found = await studio.handlers['dataset/find']({
      files: [{ path: 'SUNRGBD.zip', file: new File([archive], 'SUNRGBD.zip') }],
    });
    expect(found).toMatchObject({ kind: 'sunRgbd', target: 4, pairs: 4 });
    expect((await studio.handlers['dataset/import']({})).pairs?.matched).toBe(4);
  });

  it('opens RGB-NIR scenes', async () => {
    const studio = createStudioHarness();
    const files = pictures('epfl-scenes-nir', 'irrelevant_nir', 24).flatMap(({ rgb, target }, at) => {
      const stem = `nirscene1/${['country', 'oldbuilding', 'field'][at % 3] ?? ''}/${String(at).padStart(4, '0')}`;
      return [renamed(rgb, `${stem}_rgb.tiff`), renamed(target, `${stem}_nir.tiff`)];
    });
    expect(await studio.handlers['dataset/find']({ files })).toMatchObject({ kind: 'rgbNir', target: 0, pairs: 24 });
    await studio.handlers['dataset/choose']({ key: 'classes', chosen: ['field'] });
    const project = await studio.handlers['dataset/import']({});
    expect(project.folders.target?.usable).toBe(8);
    expect(project.pairs).toMatchObject({ matched: 16 });
    if (haveShared) expect((await studio.handlers['pairs/check']({})).verdict).toBe('aligned');
  });

  it('opens the lists of the method, pairs by line number', async () => {
    const studio = createStudioHarness();
    const pairs = pictures('nyu-objects-depth', 'irrelevant_depth', 6);
    const line = (path: string): string => `/home/you/data/SUN/${path} 0`;
    const files = [
      ...pairs.map(({ rgb }, at) => renamed(rgb, `SUN/TI_image/a/${at}.png`)),
      ...pairs.map(({ target }, at) => renamed(target, `SUN/TI_depth/b/${5 - at}.png`)),
      ...pairs.map(({ target }, at) => renamed(target, `SUN/kv1com_depth/bed/${at}.png`)),
      text('SUN/TI_image_list.txt', pairs.map((_, at) => line(`TI_image/a/${at}.png`)).join('\n')),
      text('SUN/TI_depth_list.txt', pairs.map((_, at) => line(`TI_depth/b/${5 - at}.png`)).join('\r\n')),
      text('SUN/kv1com_depth_list.txt', pairs.map((_, at) => line(`kv1com_depth/bed/${at}.png`)).join('\n')),
    ];
    expect(await studio.handlers['dataset/find']({ files })).toMatchObject({
      kind: 'socketLists',
      target: 6,
      pairs: 6,
    });
    const project = await studio.handlers['dataset/import']({});
    expect(project.pairs?.examples[0]).toEqual({ rgb: 'SUN/TI_image/a/0.png', target: 'SUN/TI_depth/b/5.png' });
    expect(project.folders.target?.classes).toEqual([{ name: '0', count: 6 }]);
  });

  it('changes nothing when one of its folders cannot be opened, and says which', async () => {
    const studio = createStudioHarness();
    await studio.handlers['images/open']({ role: 'pairsRgb', files: pairFiles(3, 'mine', 3) });
    const files = sunTree(16).map((file) => (file.path.includes('/depth_bfx/') ? text(file.path, 'no image') : file));
    await studio.handlers['dataset/find']({ files });
    const failure = await failureOf(() => studio.handlers['dataset/import']({}));
    expect(failure).toMatchObject({ code: 'no-images' });
    expect(failure.message).toMatch(/^SUN RGB-D was not imported, because its target images of the pairs cannot be opened: No readable images/); // prettier-ignore
    const { folders } = await studio.handlers['images/remove']({ role: 'test' });
    expect(Object.keys(folders)).toEqual(['pairsRgb']);
    expect(folders.pairsRgb?.name).toBe('mine');
  });

  it('says of a plain folder what is in it and what is known, and refuses answers to what was not found', async () => {
    const studio = createStudioHarness();
    const [picture] = pairFiles(1, 'plain', 1).map(({ file }) => file) as [File];
    const directory = fakeDirectory('plain', {
      'notes.md': picture, 'a.png': picture, scans: { 'b.png': picture, 'c.png': picture, LICENSE: picture, '.hidden': picture },
    }); // prettier-ignore
    const expected = {
      code: 'unknown-format',
      message: '"plain" is no dataset that the studio knows. In it: 5 files (3 .png, 1 without ending, 1 .md), in the folder scans.', // prettier-ignore
      remedy: expect.stringMatching(/SUN RGB-D \(.*; lists such as .*; RGB-NIR \(.*; pairs as of NYU and DIML \(.*\)\. Drop the top folder/) as string, // prettier-ignore
    };
    expect(await failureOf(() => studio.handlers['dataset/find']({ files: [], directory }))).toEqual(expected);
    const files = ['plain/notes.md', 'plain/a.png', 'plain/scans/b.png', 'plain/scans/c.png', 'plain/scans/LICENSE'];
    expect(await failureOf(() => studio.handlers['dataset/find']({ files: files.map((path) => ({ path, file: picture })) }))).toEqual(expected); // prettier-ignore
    const empty = await failureOf(() => studio.handlers['dataset/find']({ files: [], directory: fakeDirectory('empty', {}) })); // prettier-ignore
    expect(empty.message).toBe('"empty" is no dataset that the studio knows. In it: no file.');
    expect((await failureOf(() => studio.handlers['dataset/choose']({ key: 'target', chosen: [] }))).code).toBe('missing-file'); // prettier-ignore
  });
});

describe('the pairs of a project', () => {
  const open = async (rgb: readonly DroppedFile[], target: readonly DroppedFile[]): Promise<ReturnType<typeof createStudioHarness>> => {
    const studio = createStudioHarness();
    await studio.handlers['images/open']({ role: 'pairsRgb', files: rgb });
    await studio.handlers['images/open']({ role: 'pairsTarget', files: target });
    return studio;
  }; // prettier-ignore
  const named = (files: readonly DroppedFile[], suffix: string): DroppedFile[] =>
    files.map((file, at) => renamed(file, `${suffix}/${at}_${suffix}.png`));
  const bySuffix: PairRule = { kind: 'pattern', rgb: '(\\d+)_rgb', target: '(\\d+)_depth' };

  it('are found by another rule when it is tried and set, and by stem again when another folder comes', async () => {
    const studio = await open(named(pairFiles(4, 'a', 3), 'rgb'), named(pairFiles(5, 'b', 1), 'depth'));
    expect(await studio.handlers['pairs/unmatched']({ side: 'target', from: 1, count: 2 })).toEqual(['depth/1_depth.png', 'depth/2_depth.png']); // prettier-ignore
    expect(await studio.handlers['pairs/try']({ rule: bySuffix })).toMatchObject({ matched: 4, unmatchedTargetCount: 1 }); // prettier-ignore
    expect((await studio.handlers['images/remove']({ role: 'test' })).pairs).toBeNull();
    const bad = await failureOf(() => studio.handlers['pairs/rule']({ rule: { ...bySuffix, rgb: '(' } }));
    expect(bad.code).toBe('bad-setting');
    expect(await studio.handlers['pairs/rule']({ rule: bySuffix })).toMatchObject({ pairs: { rule: bySuffix, matched: 4 }, blockers: [{}, {}] }); // prettier-ignore
    expect(await studio.handlers['pairs/unmatched']({ side: 'target', from: 0, count: 9 })).toEqual(['depth/4_depth.png']); // prettier-ignore
    const again = await studio.handlers['images/open']({ role: 'pairsRgb', files: named(pairFiles(4, 'a', 3), 'rgb') });
    expect(again.pairs?.rule).toEqual(bySuffix);
    const other = await studio.handlers['images/open']({
      role: 'pairsRgb',
      files: named(pairFiles(5, 'b', 3), 'depth'),
    });
    expect(other.pairs).toMatchObject({ rule: { kind: 'stem' }, matched: 5 });
  });

  it.skipIf(!haveShared)('are warned about without being asked when they do not show the same scenes', async () => {
    const set = pictures('epfl-scenes-nir', 'irrelevant_nir', 30);
    const rgb = set.map((pair, at) => renamed(pair.rgb, `rgb/${at}.png`));
    const wrong = set.map((pair, at) => renamed(pair.target, `nir/${(at + 7) % 30}.png`));
    const studio = await open(rgb, wrong);
    const { project } = await studio.once('project/changed');
    expect(project.folders.pairsTarget?.warnings.join()).toMatch(/do not seem to show the same scenes: their edges agree 0\.\d\d, where chance gives/); // prettier-ignore
    const fixed = await studio.handlers['images/open']({
      role: 'pairsTarget',
      files: set.map((pair, at) => renamed(pair.target, `nir/${at}.png`)),
    });
    expect(fixed.folders.pairsTarget?.warnings.join()).not.toMatch(/same scenes/);
    expect((await studio.handlers['pairs/check']({})).verdict).toBe('aligned');
  });
});
