import { describe, expect, it } from 'vitest';
import { scriptedFolder } from '../../tests/scriptedImages';
import { cameraOf, refuseCameraNumber, usualEncoding } from './recipeForm';

describe('the camera of an encoding', () => {
  const intrinsics = { fx: 518.9, fy: 519.5, cx: 284.6, cy: 208.7 };

  it('is the one that the dataset states', () => {
    const folder = scriptedFolder('target', { intrinsics });
    expect(cameraOf(folder)).toEqual(intrinsics);
    expect(usualEncoding('normals', folder)).toEqual({ kind: 'normals', intrinsics });
    expect(usualEncoding('hha', folder)).toEqual({ kind: 'hha', intrinsics, metresPerUnit: 0.001 });
  });

  it('is assumed to see 60 degrees across where nothing states it', () => {
    // 72 pixels across: 36 / tan(30 degrees) = 62.
    expect(cameraOf(scriptedFolder('target'))).toEqual({ fx: 62, fy: 62, cx: 36, cy: 36 });
    expect(usualEncoding('normals', scriptedFolder('target'))).toEqual({ kind: 'normals', intrinsics: null });
  });
});

describe('a number of the camera', () => {
  it.each([
    ['fx', '1', '0.99'],
    ['fy', '100000', '100001'],
    ['metresPerUnit', '0.000001', '0.0000009'],
    ['metresPerUnit', '1000', '1001'],
    ['cx', '-20', 'left'],
    ['cy', '0', ''],
  ] as const)('%s can be %s, and not "%s"', (key, good, bad) => {
    expect(refuseCameraNumber(key, good)).toBeNull();
    expect(refuseCameraNumber(key, bad)?.code).toBe('bad-setting');
  });

  it('is cut where it is refused', () => {
    const failure = refuseCameraNumber('fx', '9'.repeat(5000));
    expect(failure?.message).toMatch(/^"9{119}…" cannot stand here\.$/);
    expect(failure?.remedy).toBe('Give a number of pixels from 1 to 100 000.');
  });
});
