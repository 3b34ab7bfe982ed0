import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { centerView } from '../shared/imageSet';
import { createPairSet, pairFolders } from './pairing';
import { proposeRule } from './pairProposal';
import { commonDirectory } from './paths';
import type { PairableFolder } from './pairKeys';
import type { ImageSet } from '../shared/imageSet';
import type { PairRule } from '../shared/pairs';

const folder = (name: string, ...paths: readonly string[]): PairableFolder => ({
  name,
  root: commonDirectory(paths),
  entries: paths.map((path) => ({ path, label: null })),
});

function failureOf(attempt: () => unknown): StudioError['failure'] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof StudioError) return error.failure;
    throw error;
  }
  throw new Error('expected a StudioError');
}

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

  it('does not guess from suffixes, but proposes the rule that would pair them', () => {
    const rgb = folder('rgb', 'r/1_rgb.png', 'r/2_rgb.png');
    const depth = folder('depth', 'd/1_depth.png', 'd/2_depth.png');
    const failure = failureOf(() => pairFolders(rgb, depth));
    expect(failure).toMatchObject({ code: 'no-pairs', message: 'None of 2 names in "rgb" match a name in "depth".' });
    expect(failure.detail).toContain('r/1_rgb.png');
    expect(failure.detail).toContain('d/1_depth.png');
    const [, rgbPattern = '', targetPattern = '', pairs] =
      /the expressions (\S+) for RGB and (\S+) for target images would give (\d) pairs/.exec(failure.remedy) ?? [];
    const pairing = pairFolders(rgb, depth, { kind: 'pattern', rgb: rgbPattern, target: targetPattern });
    expect(pairing.matches).toHaveLength(Number(pairs));
    expect(pairing.matches).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it.each([
    ['a word before the number', ['r/rgb00001.png', 'r/rgb00002.png'], ['d/depth00001.png', 'd/depth00002.png']],
    ['word and separator', ['r/a/rgb_x.png', 'r/b/rgb_y.png'], ['d/a/depth_x.png', 'd/b/depth_y.png']],
    ['special characters', ['r/x+(c).png', 'r/y+(c).png'], ['d/x.png', 'd/y.png']],
    ['another ending', ['r/one_c.png', 'r/two_c.png'], ['d/one_depth_filled.tif', 'd/two_depth_filled.tif']],
  ])('proposes a rule for %s', (_what, rgbPaths, targetPaths) => {
    const proposal = proposeRule(folder('r', ...rgbPaths), folder('d', ...targetPaths), 0) ?? '';
    const [, rgb = '', target = ''] = /expressions (\S+) for RGB and (\S+) for/.exec(proposal) ?? [];
    const pairing = pairFolders(folder('r', ...rgbPaths), folder('d', ...targetPaths), {
      kind: 'pattern',
      rgb,
      target,
    });
    expect(pairing.matches).toHaveLength(2);
    expect(pairing.warning).toBeNull();
  });

  it('proposes the order of folders of equal length, and nothing where nothing fits', () => {
    const rgb = folder('rgb', 'r/aa.png', 'r/bb.png');
    expect(proposeRule(rgb, folder('depth', 'd/cc.png', 'd/dd.png'), 0)).toMatch(
      /^Pair in order .* both have 2 images/,
    );
    expect(proposeRule(rgb, folder('depth', 'd/cc.png'), 0)).toBeNull();
  });

  it('pairs in order when asked to, and says what is wrong with unequal lengths', () => {
    const rgb = folder('rgb', 'r/x.png', 'r/y.png', 'r/z.png');
    expect(pairFolders(rgb, folder('d', 'd/1.png', 'd/2.png', 'd/3.png'), { kind: 'index' })).toMatchObject({
      matches: [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
      warning: null,
    });
    const uneven = pairFolders(rgb, folder('d', 'd/1.png', 'd/2.png'), { kind: 'index' });
    expect(uneven.unmatchedRgb).toEqual(['r/z.png']);
    expect(uneven.warning).toBe(
      'Paired in order, but there are 3 RGB images and 2 target images: if one is missing in between, all pairs after it are wrong.',
    );
  });

  it('pairs by the joined groups of two expressions over the path below the folder', () => {
    const pairing = pairFolders(
      folder('rgb', 'r/cafe/c_7_left.png', 'r/cafe/c_8_left.png', 'r/lab/c_7_left.png', 'r/lab/readme.png'),
      folder('depth', 'd/CAFE/7_d.png', 'd/lab/7_d.png', 'd/lab/9_d.png'),
      { kind: 'pattern', rgb: '^([a-z]+)/c_(\\d+)_', target: '^(?P<room>\\w+)/(\\d+)_d' },
    );
    expect(pairing.matches).toEqual([
      [0, 0],
      [2, 1],
    ]);
    expect(pairing.unmatchedRgb).toEqual(['r/cafe/c_8_left.png', 'r/lab/readme.png']);
  });

  it.each([
    ['^(.*', 'cannot be read: missing closing ): `^(.*`'],
    ['(?=a)(b)', 'cannot be read: invalid or unsupported Perl syntax: `(?=`'],
    ['(a)\\1', 'cannot be read: invalid escape sequence: `\\1`'],
    ['((a{99}){99}){99}', 'cannot be read: invalid repeat count: `{99}`'],
    ['_rgb', 'has no group'],
    [`(${'a'.repeat(500)})`, 'has 502 characters, more than 500'],
  ])('refuses the expression %.20s and says why', (expression, fault) => {
    const rgb = folder('rgb', 'r/a.png');
    const failure = failureOf(() => pairFolders(rgb, rgb, { kind: 'pattern', rgb: '(.*)', target: expression }));
    expect(failure.code).toBe('bad-setting');
    expect(failure.message).toContain(`The expression for target images, "${expression.slice(0, 40)}`);
    expect(failure.message).toContain(`${fault}.`);
  });

  it('is not hung by an expression that backtracking would take for ever over', () => {
    const paths = Array.from({ length: 200 }, (_, at) => `r/${'a'.repeat(200)}${String(at)}.png`);
    const rule: PairRule = { kind: 'pattern', rgb: '^(((a+)+)+)*!$', target: '^(.*.*.*.*.*.*)=$' };
    const start = performance.now();
    expect(failureOf(() => pairFolders(folder('r', ...paths), folder('d', ...paths), rule)).code).toBe('no-pairs');
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('pairs as an importer says, whatever the names are', () => {
    const imported = (name: string, ...keys: readonly string[]): PairableFolder => ({
      name,
      root: '',
      entries: keys.map((pairKey, at) => ({ path: `${name}/${String(at)}.png`, label: null, pairKey })),
    });
    const rule: PairRule = { kind: 'dataset' };
    expect(pairFolders(imported('r', 'x', 'y'), imported('d', 'z', 'x'), rule).matches).toEqual([[0, 1]]);
    const plain = folder('plain', 'p/1.png');
    expect(failureOf(() => pairFolders(plain, imported('d', 'x'), rule)).message).toBe(
      '"plain" and "d" were not imported as pairs of one dataset.',
    );
  });

  it('keeps the lists of a summary short and their counts true', () => {
    const rgb = folder('r', 'r/x.png', ...Array.from({ length: 500 }, (_, at) => `r/only ${String(at)}.png`));
    const summary = pairFolders(rgb, folder('d', 'd/x.png')).summary();
    expect(summary).toMatchObject({ rule: { kind: 'stem' }, matched: 1, unmatchedRgbCount: 500 });
    expect(summary.unmatchedRgb).toHaveLength(200);
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
