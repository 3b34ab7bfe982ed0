import { describe, expect, it } from 'vitest';
import { images, noAnswers, recognise, recognised, roleOf, sunFrame } from '../../tests/datasetTrees';
import { answerQuestion, rolesOf, summarizeDataset } from './registry';
import type { Tree } from '../../tests/datasetTrees';

describe('the lists of the method', () => {
  const tree: Tree = {
    ...images(
      'SUN/xtioncom_depth/bed room/1.png',
      'SUN/xtioncom_depth/kitchen/1.png',
      'SUN/kv1com_image/kitchen/1.jpg',
      'SUN/TI_image/lab/5.jpg',
      'SUN/TI_image/lab/6.jpg',
      'SUN/TI_depth/lab/5.png',
      'SUN/TI_depth/lab/6.png',
    ),
    'SUN/xtioncom_depth_list.txt': '/data/you/SUN/xtioncom_depth/bed room/1.png 0\n/data/you/SUN/xtioncom_depth/kitchen/1.png 1\n', // prettier-ignore
    'SUN/kv1com_image_list.txt': '/data/you/SUN/kv1com_image/kitchen/1.jpg 1\n',
    'SUN/TI_image_list.txt': '/data/you/SUN/TI_image/lab/6.jpg 0\n/data/you/SUN/TI_image/lab/5.jpg 0\n',
    'SUN/TI_depth_list.txt': '/data/you/SUN/TI_depth/lab/5.png 0\n/data/you/SUN/TI_depth/lab/6.png 0\n/data/you/SUN/TI_depth/lab/7.png 0\n', // prettier-ignore
  };

  it('pairs by line number, whatever the names are, and labels by index', async () => {
    const dataset = await recognised(tree);
    expect(roleOf(dataset, 'target')).toEqual({
      'SUN/xtioncom_depth/bed room/1.png': '0',
      'SUN/xtioncom_depth/kitchen/1.png': '1',
    });
    expect(roleOf(dataset, 'pairsRgb')).toEqual({ 'SUN/TI_image/lab/6.jpg': 'line 1', 'SUN/TI_image/lab/5.jpg': 'line 2' }); // prettier-ignore
    expect(roleOf(dataset, 'pairsTarget')).toEqual({ 'SUN/TI_depth/lab/5.png': 'line 1', 'SUN/TI_depth/lab/6.png': 'line 2' }); // prettier-ignore
    expect(summarizeDataset(dataset, noAnswers)).toMatchObject({
      kind: 'socketLists',
      questions: [],
      pairs: 2,
      warnings: [
        'SUN/TI_depth_list.txt names 1 image that cannot be found: /data/you/SUN/TI_depth/lab/7.png.',
        'SUN/TI_image_list.txt has 2 lines and SUN/TI_depth_list.txt has 3. Partners stand in the same line: if one is missing in between, all after it are wrong.',
      ],
    });
  });

  it('asks which of several target lists is meant, and measures on one that is called test', async () => {
    const dataset = await recognised({
      ...tree,
      'SUN/kv2com_depth_test_list.txt': '/data/you/SUN/xtioncom_depth/kitchen/1.png 1\n',
    });
    const { questions, test, target } = summarizeDataset(dataset, noAnswers);
    expect(questions.map(({ key, chosen }) => [key, chosen])).toEqual([
      ['target', ['xtioncom_depth']],
      ['test', ['kv2com_depth_test']],
    ]);
    expect([target, test]).toEqual([2, 1]);
    const answers = answerQuestion(dataset, noAnswers, 'test', ['']);
    expect(rolesOf(dataset, answers).has('test')).toBe(false);
  });

  it('keeps to line numbers when a line in between cannot be read', async () => {
    const dataset = await recognised({
      ...tree,
      'SUN/TI_image_list.txt': 'oneword\n/x/TI_image/lab/6.jpg 0\n',
      'SUN/TI_depth_list.txt': '/x/TI_depth/lab/5.png 0\n/x/TI_depth/lab/6.png 0\n',
    });
    expect(summarizeDataset(dataset, noAnswers).pairs).toBe(1);
    expect(roleOf(dataset, 'pairsRgb')).toEqual({ 'SUN/TI_image/lab/6.jpg': 'line 2' });
  });
});

describe('any other tree', () => {
  it.each([
    ['class folders', images('set/chair/1.png', 'set/sofa/2.png')],
    ['one side of a set of pairs', images('set/depth/1.png', 'set/depth/2.png', 'set/depth/3.png')],
    ['a list of classes', { ...images('set/a/1.png', 'set/b/1.png'), 'set/train_list.txt': 'a/1.png 0\nb/1.png 1' }],
    ['nothing', {}],
    ['hostile names', images('__proto__/rgb/constructor.png', '../depth/<img onerror=1>.png')],
  ])('is no dataset: %s', async (_what, files) => {
    expect(await recognise(files)).toBeNull();
  });

  it('is decided in little time for 50,000 paths', async () => {
    const frames = Array.from({ length: 7200 }, (_, at) => sunFrame(`kv2/kinect2data/${String(at)}`, `scene ${String(at % 40)}`)); // prettier-ignore
    const sun: Tree = Object.fromEntries(frames.flatMap((frame) => Object.entries(frame)));
    const diml = images(
      ...Array.from({ length: 25_000 }, (_, at) => `d/${String(at % 30)}/${String(at)}`).flatMap((stem) => [
        stem.replace(/\/(\d+)$/, '/color/$1_c.png'),
        stem.replace(/\/(\d+)$/, '/depth_raw/$1_rd.png'),
      ]),
    );
    const milliseconds: number[] = [];
    for (const files of [sun, diml]) {
      const start = process.cpuUsage();
      await recognise(files);
      const { user, system } = process.cpuUsage(start);
      milliseconds.push((user + system) / 1000);
    }
    expect(Object.keys(sun).length + Object.keys(diml).length).toBeGreaterThan(100_000);
    expect(Math.max(...milliseconds)).toBeLessThan(10_000);
  });
});
