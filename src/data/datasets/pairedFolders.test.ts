import { describe, expect, it } from 'vitest';
import { images, noAnswers, recognised, roleOf } from '../../tests/datasetTrees';
import { answerQuestion, rolesOf, summarizeDataset } from './registry';
import type { Tree } from '../../tests/datasetTrees';

describe('RGB-NIR scenes', () => {
  const tree = images(
    'nirscene1/country/0000_rgb.tiff',
    'nirscene1/country/0000_nir.tiff',
    'nirscene1/country/0001_rgb.tiff',
    'nirscene1/field/0000_rgb.tiff',
    'nirscene1/field/0000_nir.tiff',
    'nirscene1/oldbuilding/0000_nir.tiff',
    'nirscene1/oldbuilding/0000_rgb.tiff',
    'nirscene1/readme.txt',
  );

  it('takes the classes of the model as the task, and all others as pairs', async () => {
    const dataset = await recognised(tree, ['field', 'street']);
    expect(summarizeDataset(dataset, noAnswers)).toMatchObject({
      kind: 'rgbNir',
      facts: ['3 pairs of RGB and near-infrared images in 3 classes.'],
      warnings: ['1 image without near-infrared partner: nirscene1/country/0001_rgb.tiff.'],
      target: 1,
      pairs: 2,
    });
    expect(roleOf(dataset, 'target')).toEqual({ 'nirscene1/field/0000_nir.tiff': 'field' });
    expect(roleOf(dataset, 'pairsRgb')).toEqual({
      'nirscene1/country/0000_rgb.tiff': 'country/0000',
      'nirscene1/oldbuilding/0000_rgb.tiff': 'oldbuilding/0000',
    });
  });

  it('asks for the classes when no model names them', async () => {
    const dataset = await recognised(tree);
    const { questions, warnings, target, pairs } = summarizeDataset(dataset, noAnswers);
    expect(questions).toMatchObject([{ key: 'classes', multiple: true, chosen: [] }]);
    expect(warnings[0]).toMatch(/^No class is chosen as the task/);
    expect([target, pairs]).toEqual([0, 3]);
    const all = answerQuestion(dataset, noAnswers, 'classes', ['country', 'field', 'oldbuilding']);
    expect(summarizeDataset(dataset, all).warnings[0]).toMatch(/no image is left for pairs/);
    expect(rolesOf(dataset, all).has('pairsRgb')).toBe(false);
  });
});

describe('folders of pairs', () => {
  it('reads DIML: scenes with color, depth_raw and depth_filled', async () => {
    const scene = (name: string): Tree =>
      images(
        ...['in_00_160225_154935', 'in_00_160225_154936'].flatMap((stem) => [
          `HR/${name}/color/${stem}_c.png`,
          `HR/${name}/depth_filled/${stem}_depth_filled.png`,
          `HR/${name}/depth_raw/${stem}_depth_raw.png`,
        ]),
      );
    const dataset = await recognised({ ...scene('02. Cafe'), ...scene('04. Church') }, ['cafe']);
    expect(summarizeDataset(dataset, noAnswers)).toMatchObject({
      kind: 'pairedFolders',
      facts: ['4 pairs of RGB and depth_filled or depth_raw images.', '2 folders that can be classes.'],
      warnings: [],
      target: 2,
      pairs: 2,
      classes: [{ name: 'cafe', count: 2 }],
    });
    const raw = answerQuestion(dataset, noAnswers, 'form', ['depth_raw']);
    expect(Object.keys(roleOf(dataset, 'target', raw))[0]).toBe(
      'HR/02. Cafe/depth_raw/in_00_160225_154935_depth_raw.png',
    );
    expect(roleOf(dataset, 'pairsRgb', raw)).toEqual({
      'HR/04. Church/color/in_00_160225_154935_c.png': 'hr/04. church/in_00_160225_154935',
      'HR/04. Church/color/in_00_160225_154936_c.png': 'hr/04. church/in_00_160225_154936',
    });
  });

  it.each([
    ['NYU frames', ['nyu/a/rgb_00001.jpg', 'nyu/a/depth_00001.png', 'nyu/b/rgb_00001.jpg', 'nyu/b/depth_00001.png'], 2],
    ['letters at the end', ['s/1_c.png', 's/1_d.png', 's/2_c.png', 's/2_d.png'], 2],
    [
      'raw DIML',
      [
        'd/01. Warehouse/17.02.01/1/col/in_k_1_c.png',
        'd/01. Warehouse/17.02.01/1/raw_png/in_k_1_rd.png',
        'd/01. Warehouse/17.02.01/2/col/in_k_1_c.png',
        'd/01. Warehouse/17.02.01/2/up_png/in_k_1_ud.png',
        'd/01. Warehouse/17.02.01/2/raw_png/in_k_1_rd.png',
      ],
      2,
    ],
    ['folders alone', ['x/rgb/a/1.jpg', 'x/rgb/a/2.jpg', 'x/depth/a/1.png', 'x/depth/a/2.png'], 2],
    [
      'names in one folder',
      ['x/7_color.png', 'x/7_raw_depth.png', 'x/7_depth_filled.png', 'x/8_color.png', 'x/8_depth_filled.png'],
      2,
    ],
    ['outdoor DIML', ['o/outleft/1.png', 'o/depthmap/1.png', 'o/outleft/2.png', 'o/depthmap/2.png'], 2],
  ] as const)('pairs %s', async (_what, paths, pairs) => {
    // prettier-ignore
    const dataset = await recognised(images(...paths));
    expect(dataset.kind).toBe('pairedFolders');
    expect(summarizeDataset(dataset, noAnswers).pairs).toBe(pairs);
    const [rgb, target] = ['pairsRgb', 'pairsTarget'].map((role) => Object.values(roleOf(dataset, role as 'pairsRgb')));
    expect(rgb).toEqual(target);
    expect(new Set(rgb).size).toBe(pairs);
  });

  it('names images without a partner', async () => {
    const dataset = await recognised(images('s/rgb/1.png', 's/depth/1.png', 's/rgb/2.png', 's/depth/2.png', 's/depth/3.png')); // prettier-ignore
    expect(summarizeDataset(dataset, noAnswers).warnings).toEqual(['1 image without RGB partner: s/depth/3.png.']);
  });
});
