import { describe, expect, it } from 'vitest';
import { below, commonDirectory, extensionOf, isIgnored, naturalOrder, withoutExtension } from './paths';

describe('paths', () => {
  it('sorts numbers by value and everything else by code unit', () => {
    const names = ['b/1.png', 'a/10.png', 'a/2.png', 'a/002.png', 'a/2b.png', 'B/1.png', 'a/x.png'];
    expect([...names].sort(naturalOrder)).toEqual([
      'B/1.png',
      'a/002.png',
      'a/2.png',
      'a/2b.png',
      'a/10.png',
      'a/x.png',
      'b/1.png',
    ]);
    expect([...names].reverse().sort(naturalOrder)).toEqual([...names].sort(naturalOrder));
  });

  it('compares numbers beyond the precision of floating point', () => {
    expect(naturalOrder('9007199254740993.png', '9007199254740992.png')).toBeGreaterThan(0);
  });

  it.each([
    [['d/a/1.png', 'd/b/2.png'], 'd'],
    [['d/a/1.png', 'd/a/2.png'], 'd/a'],
    [['a/1.png', 'b/1.png'], ''],
    [['ab/1.png', 'abc/1.png'], ''],
    [['1.png'], ''],
    [[], ''],
  ])('finds the directory of %j', (paths, common) => {
    expect(commonDirectory(paths)).toBe(common);
    for (const path of paths) expect(`${common}${common && '/'}${below(common, path)}`).toBe(path);
  });

  it('takes endings off', () => {
    expect(withoutExtension('a.b/c.d.PNG')).toBe('a.b/c.d');
    expect(extensionOf('a.b/c.d.PNG')).toBe('png');
    expect(withoutExtension('a.b/c')).toBe('a.b/c');
  });

  it.each(['.DS_Store', 'a/Thumbs.db', '__MACOSX/a/b.png', 'a/.hidden/b.png', 'a/._b.png'])('ignores %s', (path) => {
    expect(isIgnored(path)).toBe(true);
  });
});
