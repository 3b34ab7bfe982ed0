import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { centerView } from '../shared/imageSet';
import { createPairSet, pairFolders } from './pairing';
import { commonDirectory } from './paths';
import type { PairableFolder } from './pairing';
import type { ImageSet } from '../shared/imageSet';

const folder = (name: string, ...paths: readonly string[]): PairableFolder => ({
  name,
  root: commonDirectory(paths),
  entries: paths.map((path) => ({ path, label: null })),
});

describe('pairing', () => {
  it('pairs by relative path without ending, letter case left aside', () => {
    const pairing = pairFolders(
      folder('rgb', 'rgb/s1/A.JPG', 'rgb/s2/a.png'),
      folder('depth', 'depth/s2/a.png', 'depth/s1/a.PNG'),
    );
    expect(pairing.matches).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(pairing.warning).toBeNull();
  });

  it('finds partners when one side has a single subfolder', () => {
    expect(
      pairFolders(folder('rgb', 'rgb/s1/a.png', 'rgb/s2/b.png'), folder('depth', 'depth/s1/a.png', 'depth/s1/c.png'))
        .matches,
    ).toEqual([[0, 0]]);
  });

  it('lists what has no partner, and never pairs a name that two files share', () => {
    const pairing = pairFolders(
      folder('rgb', 'r/a.png', 'r/a.jpg', 'r/b.png', 'r/c.png'),
      folder('depth', 'd/a.png', 'd/b.png', 'd/e.png'),
    );
    expect(pairing.matches).toEqual([[2, 1]]);
    expect(pairing.ambiguous).toEqual(['a']);
    expect(pairing.unmatchedRgb).toEqual(['r/a.png', 'r/a.jpg', 'r/c.png']);
    expect(pairing.unmatchedTarget).toEqual(['d/a.png', 'd/e.png']);
    expect(pairing.warning).toBe('Only 1 of 4 names match. Expected the same file name in both folders.');
    expect(pairing.summary().examples).toEqual([{ rgb: 'r/b.png', target: 'd/b.png' }]);
  });

  it('does not guess from suffixes, and shows names of both sides when nothing matches', () => {
    const attempt = (): unknown =>
      pairFolders(folder('rgb', 'r/1_rgb.png', 'r/2_rgb.png'), folder('depth', 'd/1_depth.png'));
    expect(attempt).toThrow(StudioError);
    try {
      attempt();
    } catch (error) {
      const { failure } = error as StudioError;
      expect(failure).toMatchObject({ code: 'no-pairs', message: 'None of 2 names in "rgb" match a name in "depth".' });
      expect(failure.detail).toContain('r/1_rgb.png');
      expect(failure.detail).toContain('d/1_depth.png');
    }
  });

  it('is a one-to-one map on the common names, whatever the order of the files', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(names, names, fc.infiniteStream(fc.nat()), (rgbNames, targetNames, random) => {
        const common = rgbNames.filter((name) => targetNames.includes(name));
        fc.pre(common.length > 0);
        const shuffled = [...targetNames]
          .map((name) => ({ name, at: Number(random.next().value) }))
          .sort((a, b) => a.at - b.at)
          .map(({ name }) => name);
        const pairing = pairFolders(
          folder('r', ...rgbNames.map((n) => `r/${n}.png`)),
          folder('d', ...shuffled.map((n) => `d/${n}.jpg`)),
        );
        expect(pairing.matches.map(([i, j]) => [rgbNames[i], shuffled[j]])).toEqual(common.map((name) => [name, name]));
        expect(pairing.matches.length + pairing.unmatchedRgb.length).toBe(rgbNames.length);
        expect(pairing.matches.length + pairing.unmatchedTarget.length).toBe(targetNames.length);
      }),
    );
  });

  it('serves the two images of a pair under one index', async () => {
    const numbered = (offset: number): ImageSet => ({
      count: 3,
      shape: [1, 1, 1],
      read: (requests) => Promise.resolve(Float32Array.from(requests, ({ index }) => offset + index)),
    });
    const pairs = createPairSet(
      {
        matches: [
          [0, 2],
          [2, 1],
        ],
      },
      numbered(0),
      numbered(10),
    );
    const both = [0, 1].map((index) => ({ index, view: centerView }));
    expect(pairs.source.count).toBe(2);
    expect([...(await pairs.source.read(both))]).toEqual([0, 2]);
    expect([...(await pairs.target.read(both))]).toEqual([12, 11]);
  });
});
