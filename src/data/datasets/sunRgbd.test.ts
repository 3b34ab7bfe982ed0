import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { noAnswers, recognised, roleOf, sunFrame } from '../../tests/datasetTrees';
import { answerQuestion, summarizeDataset } from './registry';
import type { Answers } from './dataset';
import type { Tree } from '../../tests/datasetTrees';

describe('SUN RGB-D', () => {
  const tree: Tree = {
    ...sunFrame('kv1/NYUdata/NYU0001', 'kitchen'),
    ...sunFrame('kv1/b3dodata/img_0063', ' Office \n'),
    ...sunFrame('kv2/kinect2data/000002_a', 'kitchen'),
    ...sunFrame('kv2/kinect2data/000010_b', 'office'),
    ...sunFrame('kv2/align_kv2/x', 'Lab'),
    ...sunFrame('realsense/lg/2014_10_21-18_16_30-1311000073', 'kitchen\r\n'),
    ...sunFrame('realsense/sh/2', 'office'),
    ...sunFrame('realsense/sh/3', 'idk'),
    ...sunFrame('xtion/sun3ddata/brown_bm_1/brown_bm_1/frame0', 'kitchen'),
    ...sunFrame('xtion/xtion_align_data/a', 'office', ['image', 'depth_bfx']),
    ...sunFrame('xtion/xtion_align_data/b', 'corridor', ['depth']),
    ...sunFrame('xtion/xtion_align_data/c', null),
  };

  it('takes the scenes of all cameras as the task, and the frames of all others as pairs', async () => {
    const dataset = await recognised(tree);
    const summary = summarizeDataset(dataset, noAnswers);
    expect(summary).toMatchObject({ kind: 'sunRgbd', title: 'SUN RGB-D', name: 'set', target: 2, pairs: 1, test: 0 });
    expect(summary.classes).toEqual([
      { name: 'kitchen', count: 1 },
      { name: 'office', count: 1 },
    ]);
    expect(roleOf(dataset, 'target')).toEqual({
      'SUNRGBD/kv1/NYUdata/NYU0001/depth_bfx/0000001.png': 'kitchen',
      'SUNRGBD/kv1/b3dodata/img_0063/depth_bfx/0000001.png': 'office',
    });
    const key = 'SUNRGBD/kv2/align_kv2/x';
    expect(roleOf(dataset, 'pairsRgb')).toEqual({ [`${key}/image/0000001.jpg`]: key });
    expect(roleOf(dataset, 'pairsTarget')).toEqual({ [`${key}/depth_bfx/0000001.png`]: key });
  });

  it('says what was found and what is wrong with it', async () => {
    const { facts, cameras, warnings } = summarizeDataset(await recognised(tree), noAnswers);
    expect(facts).toEqual([
      '12 frames: Kinect v1 2, Kinect v2 3, Intel RealSense 3, Asus Xtion 4.',
      '4 scene names, of which all four cameras have 2: kitchen, office.',
    ]);
    expect(cameras).toEqual(
      ['Kinect v1', 'Kinect v2', 'Intel RealSense', 'Asus Xtion'].map(
        (camera) => expect.stringContaining(`Camera of ${camera}, for surface normals: fx 529.5, fy 528.5, cx 365, cy 265 pixels (SUNRGBD/`) as string, // prettier-ignore
      ),
    );
    expect(warnings).toEqual([
      'The cameras have 2 scene names in common; the complete dataset is known to have 17. Files may be missing.',
      '1 frame without a scene, because scene.txt says "idk": SUNRGBD/realsense/sh/3.',
      '1 frame without a scene, because there is no scene.txt: SUNRGBD/xtion/xtion_align_data/c.',
      '1 frame without an image in depth_bfx/: SUNRGBD/xtion/xtion_align_data/b.',
      '1 frame without an image in image/: SUNRGBD/xtion/xtion_align_data/b.',
    ]);
  });

  it('names the images of each role, with the camera where one took them all', async () => {
    const dataset = await recognised(tree);
    const intrinsics = { fx: 529.5, fy: 528.5, cx: 365, cy: 265 };
    const rolesWith = (answers: Answers) => dataset.contentOf(answers).roles;
    expect(rolesWith(noAnswers)).toEqual({
      target: { name: 'SUN RGB-D, Kinect v1, depth_bfx', intrinsics },
      pairsRgb: { name: 'SUN RGB-D, 4 cameras, colour' },
      pairsTarget: { name: 'SUN RGB-D, 4 cameras, depth_bfx' },
    });
    const answers = new Map([
      ['target', ['xtion']],
      ['depth', ['depth']],
      ['pairs', ['kv2']],
    ]);
    expect(rolesWith(answers)).toEqual({
      target: { name: 'SUN RGB-D, Asus Xtion, depth', intrinsics },
      pairsRgb: { name: 'SUN RGB-D, Kinect v2, colour' },
      pairsTarget: { name: 'SUN RGB-D, Kinect v2, depth', intrinsics },
    });
  });

  it('follows the answers: camera, depth, classes, cameras of the pairs', async () => {
    const dataset = await recognised(tree);
    let answers = answerQuestion(dataset, noAnswers, 'target', ['xtion']);
    answers = answerQuestion(dataset, answers, 'depth', ['depth']);
    answers = answerQuestion(dataset, answers, 'classes', ['kitchen', 'corridor']);
    answers = answerQuestion(dataset, answers, 'pairs', ['kv1', 'realsense']);
    expect(roleOf(dataset, 'target', answers)).toEqual({
      'SUNRGBD/xtion/sun3ddata/brown_bm_1/brown_bm_1/frame0/depth/0000001.png': 'kitchen',
      'SUNRGBD/xtion/xtion_align_data/b/depth/0000001.png': 'corridor',
    });
    expect(Object.keys(roleOf(dataset, 'pairsTarget', answers))).toEqual([
      'SUNRGBD/kv1/b3dodata/img_0063/depth/0000001.png',
      'SUNRGBD/realsense/sh/2/depth/0000001.png',
    ]);
    expect(summarizeDataset(dataset, answers).questions.map(({ key, chosen }) => [key, chosen])).toEqual([
      ['target', ['xtion']],
      ['depth', ['depth']],
      ['classes', ['kitchen', 'corridor']],
      ['pairs', ['kv1', 'realsense']],
    ]);
  });

  it('proposes the classes that the model names, and labels them as the model does', async () => {
    const dataset = await recognised(
      { ...sunFrame('kv2/kinect2data/1', 'living_room'), ...sunFrame('kv2/kinect2data/2', 'kitchen') },
      ['Living Room', 'Cellar'],
    );
    expect(roleOf(dataset, 'target')).toEqual({
      'SUNRGBD/kv2/kinect2data/1/depth_bfx/0000001.png': 'Living Room',
    });
    expect(summarizeDataset(dataset, noAnswers).warnings[0]).toBe(
      'There are no frames of Kinect v1, Intel RealSense, Asus Xtion: the method takes the scenes that all four cameras have.',
    );
  });

  it('knows a camera by the folders below it, when only those were dropped', async () => {
    const { facts } = summarizeDataset(await recognised(sunFrame('b3dodata/img_1', 'lab')), noAnswers);
    expect(facts[0]).toBe('1 frame: Kinect v1 1.');
  });

  it('refuses answers that were not asked for', async () => {
    const dataset = await recognised(tree);
    const refusal = (key: string, chosen: string[]): string => {
      try {
        answerQuestion(dataset, noAnswers, key, chosen);
      } catch (error) {
        if (error instanceof StudioError) return error.failure.message;
      }
      return 'taken';
    };
    expect(refusal('camera', ['kv1'])).toBe('SUN RGB-D has no choice "camera".');
    expect(refusal('target', ['lidar'])).toBe('SUN RGB-D has no choice "lidar".');
    expect(refusal('target', [])).toBe('"Which camera took the target images?" has one answer, not 0.');
    expect(refusal('classes', [])).toBe('taken');
  });
});
