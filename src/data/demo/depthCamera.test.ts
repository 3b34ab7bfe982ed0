import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { captureDepth, measureDepth } from './depthCamera';
import { drawMaterial, vivid } from './materials';
import { ball } from './primitives';
import { lookAt, type PlacedSolid, type Scene } from './scene';
import { single, type Solid } from './solid';
import { turned } from './vector';

const material = drawMaterial(createRng(1), vivid);

const unitBall: Solid = {
  distance: (x, y, z) => ball(x, y, z, 1),
  part: single,
  center: [0, 0, 0],
  radius: 1.001,
};

/** A ball of 0.3 m in the origin, 1 m in front of the camera, a wall 0.5 m behind its centre. */
const ballScene: Scene = {
  camera: lookAt([0, 0, 0], 1, 0, 0, 0.5),
  objects: [
    {
      solid: unitBall,
      position: [0, 0, 0],
      rotation: turned(0.7),
      unit: 0.3,
      materials: [material, material],
    } satisfies PlacedSolid,
  ],
  planes: [{ normal: [0, 0, 1], offset: -0.5, material }],
  light: { position: [0, 2, 1], color: [1, 1, 1], ambient: 0.5 },
};

describe('measureDepth', () => {
  it('sees the pole of a ball at its distance less its radius', () => {
    const depth = measureDepth(ballScene, 33);
    expect(depth[16 * 33 + 16]).toBeCloseTo(1 - 0.3, 3);
  });

  it('measures along the axis and not along the ray', () => {
    // Right of the middle by k of 33 pixels: tangent t = 0.5 * 2k/33. Point s * (t, 1) lies on the ball where
    // s^2 (1 + t^2) - 2 s + 1 - 0.09 = 0; s is the depth along the axis.
    const k = 5;
    const t = k / 33;
    const s = (1 - Math.sqrt(1 - (1 + t * t) * (1 - 0.09))) / (1 + t * t);
    expect(measureDepth(ballScene, 33)[16 * 33 + 16 + k]).toBeCloseTo(s, 3);
  });

  it('sees the wall beside the ball, equally far in every pixel', () => {
    const depth = measureDepth(ballScene, 33);
    expect(depth[0]).toBeCloseTo(1.5, 9);
    expect(depth[32]).toBeCloseTo(1.5, 9);
  });
});

describe('captureDepth', () => {
  it('gives millimetres, right within the steps and the noise of the disparity', () => {
    const { samples, bitDepth } = captureDepth(ballScene, createRng(3), 33);
    expect(bitDepth).toBe(16);
    // One step of 1/8 pixel at 1.5 m: 1.5^2 / (580 * 0.075) / 8 = 6.5 mm; noise of 0.08 pixel: 4.1 mm (1 sigma).
    const wall = Array.from(samples.subarray(0, 33)).filter((value) => value > 0);
    expect(wall.length).toBeGreaterThan(20);
    for (const value of wall) expect(Math.abs(value - 1500)).toBeLessThan(25);
    expect(new Set(wall).size).toBeLessThan(12);
  });

  it('has holes left of the ball, where the projector on the right is in its shadow, and fewer on the right', () => {
    const size = 65;
    const { samples } = captureDepth(ballScene, createRng(4), size);
    const holes = (from: number, to: number): number => {
      let count = 0;
      for (let row = 22; row < 43; row++) {
        for (let column = from; column < to; column++) if (samples[row * size + column] === 0) count++;
      }
      return count;
    };
    expect(holes(4, 32)).toBeGreaterThan(2 * holes(33, 61));
  });

  it('loses what is out of range', () => {
    const far = { ...ballScene, objects: [], planes: [{ normal: [0, 0, 1] as const, offset: -3.5, material }] };
    expect(captureDepth(far, createRng(5), 16).samples.every((value) => value === 0)).toBe(true);
  });
});
