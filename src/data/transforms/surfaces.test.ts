import { plainRecipe } from '../../shared/recipe';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gravityFrom } from './gravity';
import { assumedCamera, surfaceNormals } from './normals';
import { encodeImage, prepareImage } from './prepare';
import { fullPacked, maskedPacked } from './packed';
import type { RawImage } from '../../formats/images/format';
import type { Encoding, ImageRecipe, Intrinsics } from '../../shared/recipe';

type Vector = readonly [number, number, number];

const camera: Intrinsics = { fx: 60, fy: 50, cx: 30.5, cy: 22 };
const [width, height] = [64, 48];

/** Depths in metres of planes `normal . point = offset`, whichever is met first in front of the camera. */
function sceneOf(planes: readonly { readonly normal: Vector; readonly offset: number }[]): Float64Array {
  return Float64Array.from({ length: width * height }, (_, pixel) => {
    const [x, y] = [((pixel % width) - camera.cx) / camera.fx, (Math.floor(pixel / width) - camera.cy) / camera.fy];
    const depths = planes.map(({ normal, offset }) => offset / (normal[0] * x + normal[1] * y + normal[2]));
    return Math.min(...depths.filter((depth) => depth > 0));
  });
}

const imageOf = (depths: Float64Array): RawImage => ({ width, height, channels: 1, bitDepth: 64, samples: depths });
const degrees = (angle: number): number => (angle / 180) * Math.PI;
const recipe = (encoding: Encoding): ImageRecipe => ({
  ...plainRecipe,
  scaling: { kind: 'minMax' },
  encoding,
  holes: 'mask',
});
const full = (): readonly [number, number] => [height, width];
const channelsAt = (values: Float32Array, x: number, y: number): number[] => [
  ...values.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('surface normals', () => {
  it('of a plane are exact to the border of the image, whatever its tilt', () => {
    const tilt = fc.double({ min: -70, max: 70, noNaN: true });
    fc.assert(
      fc.property(tilt, tilt, (pitch, yaw) => {
        // Faces the camera: z below 0.
        const normal: Vector = [
          Math.sin(degrees(yaw)) * Math.cos(degrees(pitch)),
          Math.sin(degrees(pitch)),
          -Math.cos(degrees(yaw)) * Math.cos(degrees(pitch)),
        ];
        fc.pre(normal[2] < -0.5);
        const depths = sceneOf([{ normal, offset: -2 }]);
        const normals = surfaceNormals({ width, height, depths }, camera, 3);
        let [seen, worst] = [0, 0];
        for (let pixel = 0; pixel < depths.length; pixel++) {
          const found = normals.subarray(pixel * 3, pixel * 3 + 3);
          if (!Number.isFinite(depths[pixel]) || Number.isNaN(found[0])) continue;
          seen++;
          found.forEach((part, axis) => (worst = Math.max(worst, Math.abs(part - (normal[axis] ?? NaN)))));
        }
        expect(worst).toBeLessThan(1e-4);
        expect(seen).toBeGreaterThan(width * height * 0.4);
      }),
      { numRuns: 20 },
    );
  });

  it('become (n + 1) / 2, and do not mix across a step of depth', () => {
    // A wall at 2 m to the left of x = 0, another at 3 m: both straight ahead, so z = -1 everywhere.
    const depths = Float64Array.from({ length: width * height }, (_, pixel) => (pixel % width < 30 ? 2 : 3));
    const { values } = encodeImage(imageOf(depths), recipe({ kind: 'normals', intrinsics: camera }), full, 3);
    expect(values.every((value, at) => Math.abs(value - ([0.5, 0.5, 0][at % 3] ?? NaN)) < 1e-6)).toBe(true);
  });

  it('do not depend on the unit', () => {
    const metres = sceneOf([{ normal: [0.6, 0, -0.8], offset: -2 }]);
    const millimetres: RawImage = {
      ...imageOf(metres),
      bitDepth: 16,
      samples: Uint16Array.from(metres, (z) => z * 1000),
    };
    const encoding: Encoding = { kind: 'normals', intrinsics: camera };
    const [fine, coarse] = [imageOf(metres), millimetres].map(
      (image) => encodeImage(image, recipe(encoding), full, 3).values,
    );
    expect(channelsAt(coarse ?? new Float32Array(), 32, 24)).toEqual(
      channelsAt(fine ?? new Float32Array(), 32, 24).map((value) => expect.closeTo(value, 2) as number),
    );
  });

  it('assume a camera of 60 degrees where none is given', () => {
    // tan 30 degrees is the half width over the focal length.
    expect(assumedCamera(640, 480)).toEqual({
      ...{ fx: expect.closeTo(320 * Math.sqrt(3)) as number, fy: expect.closeTo(320 * Math.sqrt(3)) as number },
      ...{ cx: 319.5, cy: 239.5 },
    });
  });

  it('of pixels without a reading are masked, filled from the nearest surface, or 0', () => {
    const depths = sceneOf([{ normal: [0, 0, -1], offset: -2 }]);
    depths.fill(0, 0, 10 * width);
    const under = (change: Partial<ImageRecipe>): number[] => {
      const chosen = { ...recipe({ kind: 'normals', intrinsics: camera }), ...change };
      return [...prepareImage(imageOf(depths), chosen, [height, width], 3).values.subarray(0, 3)];
    };
    const ahead = [0.5, 0.5, 0].map((value) => value * fullPacked);
    expect(under({ holes: 'mask' })).toEqual([maskedPacked, maskedPacked, maskedPacked]);
    expect(under({ holes: 'nearest' })).toEqual(ahead);
    expect(under({ holes: 'keep' })).toEqual([0, 0, 0]);
  });

  it('are there for SUN RGB-D as for plain millimetres, and colour passes unchanged', () => {
    const metres = sceneOf([{ normal: [0.6, 0, -0.8], offset: -2 }]);
    const mm = Uint16Array.from(metres, (z) => (z < 60 ? z * 1000 : 0));
    const rotated = mm.map((z) => (z << 3) | (z >> 13));
    const plain = { ...imageOf(metres), bitDepth: 16 };
    const normals = recipe({ kind: 'normals', intrinsics: null });
    const sun = encodeImage({ ...plain, samples: rotated }, { ...normals, scaling: { kind: 'sunRgbd' } }, full, 3);
    expect(sun.values).toEqual(encodeImage({ ...plain, samples: mm }, normals, full, 3).values);
    const colour: RawImage = { width: 1, height: 1, channels: 3, bitDepth: 8, samples: Uint8Array.of(0, 51, 255) };
    const asIs = prepareImage(colour, { ...normals, scaling: { kind: 'full' } }, [1, 1], 3);
    expect([...asIs.values]).toEqual([0, 0.2 * fullPacked, fullPacked].map(Math.round));
  });
});

describe('gravity', () => {
  it('is found in a room that is pitched and rolled by less than 45 degrees', () => {
    const random = (seed: number): number => (Math.imul(seed, 2654435761) >>> 8) / 2 ** 24 - 0.5;
    const [pitch, roll] = [degrees(25), degrees(-15)];
    const down: Vector = [Math.sin(roll) * Math.cos(pitch), Math.cos(roll) * Math.cos(pitch), Math.sin(pitch)];
    // Two thirds walls, a third floor, each turned by up to a few degrees; walls stand at right angles to `down`.
    const ahead: Vector = [Math.cos(roll), -Math.sin(roll), 0];
    const side: Vector = [
      down[1] * ahead[2] - down[2] * ahead[1],
      down[2] * ahead[0] - down[0] * ahead[2],
      down[0] * ahead[1] - down[1] * ahead[0],
    ];
    const normals = new Float32Array(3000);
    for (let at = 0; at < 1000; at++) {
      const base = [down, ahead, side][at % 3] ?? down;
      const shaken = base.map((part, axis) => -part + 0.05 * random(at * 3 + axis));
      const length = Math.hypot(...shaken);
      shaken.forEach((part, axis) => (normals[at * 3 + axis] = part / length));
    }
    const found = gravityFrom(normals);
    found.forEach((part, axis) => expect(part).toBeCloseTo(down[axis] ?? NaN, 2));
  });

  it('stays straight down where nothing is seen', () => {
    expect(gravityFrom(new Float32Array(0))).toEqual([0, 1, 0]);
    expect(gravityFrom(new Float32Array(3).fill(NaN))).toEqual([0, 1, 0]);
  });
});

describe('HHA', () => {
  /** A camera 1.2 m above a floor, looking 20 degrees down at it and at a wall 3 m away along the floor. */
  const [tilt, above, away] = [degrees(20), 1.2, 3];
  const down: Vector = [0, Math.cos(tilt), Math.sin(tilt)];
  const ahead: Vector = [0, -Math.sin(tilt), Math.cos(tilt)];
  const depths = sceneOf([
    { normal: down, offset: above },
    { normal: ahead, offset: away },
  ]);
  const encoding: Encoding = { kind: 'hha', intrinsics: camera, metresPerUnit: 1 };
  const { values } = encodeImage(imageOf(depths), recipe(encoding), full, 3);
  const depthAt = (x: number, y: number): number => depths[y * width + x] ?? NaN;

  it('is disparity, height and angle of a floor and a wall', () => {
    // Row 44 lies 22 / 50 below the optical axis: floor, at height 0 and 0 degrees.
    const floor = [310 / depthAt(30, 44) / 255, 0, 38 / 255];
    channelsAt(values, 30, 44).forEach((value, channel) => expect(value).toBeCloseTo(floor[channel] ?? NaN, 3));
    // Row 4: wall. Its height over the camera is - point . down.
    const z = depthAt(30, 4);
    const raised = -(((4 - camera.cy) / camera.fy) * down[1] + down[2]) * z;
    const wall = [310 / z / 255, ((above + raised) * 100) / 255, (90 + 38) / 255];
    channelsAt(values, 30, 4).forEach((value, channel) => expect(value).toBeCloseTo(wall[channel] ?? NaN, 2));
  });

  it('takes the camera to stand 1.3 m high where no floor is seen, and cuts disparity off at 1 m', () => {
    const wall = encodeImage(imageOf(sceneOf([{ normal: [0, 0, 1], offset: 0.8 }])), recipe(encoding), full, 3);
    const [disparity, raised, angle] = channelsAt(wall.values, 30, 22);
    expect(disparity).toBe(1); // 310 of 255
    expect(raised).toBeCloseTo(130 / 255, 5); // the optical axis is level
    expect(angle).toBeCloseTo(128 / 255, 3);
  });

  it('takes the unit of the file', () => {
    const millimetres: RawImage = { ...imageOf(depths), samples: depths.map((z) => z * 1000) };
    const scaled = encodeImage(millimetres, recipe({ ...encoding, metresPerUnit: 0.001 }), full, 3);
    expect(scaled.values.every((value, at) => Math.abs(value - (values[at] ?? NaN)) < 1e-5)).toBe(true);
  });
});
