import { describe, expect, it } from 'vitest';
import { namedAs } from './namedAs';

const numbered = (folder: string, count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, at) => `${folder}/${prefix}${String(at)}.png`);

describe('what files are called after', () => {
  it('is never what a class is called, however many of the images it holds', () => {
    expect(namedAs([...numbered('imgs/fir', 9), ...numbered('imgs/oak', 2)])).toBeNull();
    expect(namedAs([...numbered('fir', 9), ...numbered('oak', 2)])).toBeNull();
    expect(namedAs([...numbered('s1/fir', 9), ...numbered('s2/fir', 9), ...numbered('s2/oak', 1)])).toBeNull();
  });

  it('is not what a class is called where its files repeat that', () => {
    expect(namedAs([...numbered('imgs/fir', 9, 'fir_'), ...numbered('imgs/oak', 2, 'oak_')])).toBeNull();
    expect(namedAs([...numbered('imgs/fir', 9, 'fir_depth_'), ...numbered('imgs/oak', 2, 'oak_depth_')])).toBe('depth');
  });

  it('is what the folders are called that all lie in, at any depth', () => {
    expect(namedAs([...numbered('thermal/fir', 9), ...numbered('thermal/oak', 2)])).toBe('thermal');
    expect(namedAs([...numbered('scenes/1/depth', 2), ...numbered('scenes/2/b/depth', 2)])).toBe('depth');
    expect(namedAs(numbered('cam/CameraNIR', 3))).toBe('nearInfrared');
  });

  it('is what most files are called themselves, before their folders', () => {
    expect(namedAs(numbered('thermal', 3, 'depth_'))).toBe('depth');
    expect(namedAs([...numbered('set', 3, 'depth_'), ...numbered('set', 2, 'rgb_')])).toBe('depth');
    expect(namedAs([...numbered('set', 2, 'depth_'), ...numbered('set', 2, 'rgb_')])).toBeNull();
    expect(namedAs([])).toBeNull();
  });
});
