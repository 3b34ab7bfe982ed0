import type { Rng } from '../../shared/rng';
import type { Palette } from './materials';
import { ball, blended, box, cone, cylinder, ring } from './primitives';
import { between, lyingDown, type Shape, type Solid } from './solid';

function banana(rng: Rng): Solid {
  const thickness = between(rng, 0.24, 0.32);
  const halfAngle = between(rng, 0.85, 1.15);
  const bend = between(rng, 1.05, 1.35);
  const shift = bend * 0.85;
  const radiusAt = (angle: number): number => thickness * (1 - 0.75 * (angle / halfAngle) ** 4);
  return {
    distance: (x, y, z) => {
      const around = Math.atan2(x, z + shift);
      const angle = Math.max(-halfAngle, Math.min(halfAngle, around));
      const [alongX, alongZ] = [Math.sin(angle) * bend, Math.cos(angle) * bend - shift];
      return 0.6 * (ball(x - alongX, y - thickness, z - alongZ, 0) - radiusAt(angle));
    },
    part: (x, _y, z) => (Math.abs(Math.atan2(x, z + shift)) > halfAngle * 0.9 ? 1 : 0),
    center: [0, thickness, 0],
    radius: 1.1 * bend + thickness * 0.5,
  };
}

function bottle(rng: Rng): Solid {
  const width = between(rng, 0.3, 0.42);
  const shoulder = between(rng, 1.0, 1.35);
  const neck = between(rng, 0.11, 0.15);
  const standing: Solid = {
    distance: (x, y, z) => {
      const body = cylinder(x, y, z, width - 0.04, 0.04, shoulder) - 0.04;
      const throat = cylinder(x, y, z, neck, shoulder - 0.1, 1.9);
      const cap = cylinder(x, y, z, neck + 0.05, 1.8, 2.05);
      return Math.min(blended(body, throat, 0.35), cap);
    },
    part: (_x, y) => (y > 1.78 || (y > 0.3 && y < shoulder - 0.25) ? 1 : 0),
    center: [0, 1.02, 0],
    radius: 1.12,
  };
  return rng.next() < 0.12 ? lyingDown(standing, width) : standing;
}

function bowl(rng: Rng): Solid {
  const depth = between(rng, 0.7, 0.95);
  const wall = between(rng, 0.05, 0.08);
  return {
    distance: (x, y, z) => {
      const sphere = ball(x, y - 1.05, z, 1);
      const shell = Math.max(Math.abs(sphere) - wall, y - depth);
      return Math.min(shell, cylinder(x, y, z, 0.42, 0, 0.14));
    },
    part: (x, y, z) => (ball(x, y - 1.05, z, 1) < 0 ? 1 : 0),
    center: [0, 0.45, 0],
    radius: 1.16,
  };
}

function chair(rng: Rng): Solid {
  const seat = between(rng, 0.8, 0.95);
  const half = between(rng, 0.42, 0.52);
  const leg = between(rng, 0.05, 0.08);
  const back = between(rng, 0.42, 0.52);
  const slatted = rng.next() < 0.4;
  return {
    distance: (x, y, z) => {
      const plate = box(x, y - seat, z, half, 0.04, half, 0.02);
      const legs = box(Math.abs(x) - half + leg, y - seat / 2, Math.abs(z) - half + leg, leg, seat / 2, leg);
      const full = box(x, y - seat - back, z + half - leg, half, back, leg * 0.7, 0.01);
      const gap = box(Math.abs(x) - half * 0.45, y - seat - back * 0.9, z + half - leg, half * 0.22, back * 0.6, 1);
      return Math.min(plate, legs, slatted ? Math.max(full, -gap) : full);
    },
    part: (_x, y) => (y < seat - 0.05 ? 1 : 0),
    center: [0, seat + back - 0.4, 0],
    radius: 1.25,
  };
}

function lamp(rng: Rng): Solid {
  const foot = between(rng, 0.36, 0.5);
  const lower = between(rng, 0.55, 0.75);
  const upper = between(rng, 0.25, 0.4);
  const hem = between(rng, 1.15, 1.35);
  const pole = between(rng, 0.05, 0.08);
  return {
    distance: (x, y, z) => {
      const base = cylinder(x, y, z, foot, 0, 0.1);
      const stem = cylinder(x, y, z, pole, 0, hem + 0.1);
      return Math.min(blended(base, stem, 0.15), cone(x, y, z, lower, upper, hem, 2));
    },
    part: (_x, y) => (y >= hem - 0.02 ? 1 : 0),
    center: [0, 1, 0],
    radius: 1.28,
  };
}

function mug(rng: Rng): Solid {
  const width = between(rng, 0.6, 0.72);
  const height = between(rng, 1.3, 1.6);
  const grip = between(rng, 0.34, 0.42);
  const standing: Solid = {
    distance: (x, y, z) => {
      const outside = cylinder(x, y, z, width - 0.03, 0.03, height - 0.03) - 0.03;
      const handle = ring(x - width, z, y - height * 0.52, grip, 0.1);
      const inside = cylinder(x, y, z, width - 0.1, 0.15, height + 0.5);
      return Math.max(blended(outside, handle, 0.08), -inside);
    },
    part: (x, _y, z) => (x * x + z * z < (width - 0.06) ** 2 ? 1 : 0),
    center: [0.15, height / 2, 0],
    radius: Math.max(Math.sqrt((height / 2) ** 2 + (width + 0.15) ** 2), width + grip) + 0.02,
  };
  return rng.next() < 0.1 ? lyingDown(standing, width) : standing;
}

/** The six classes of the demo, in the order of the classifier's outputs. Each has a silhouette of its own. */
export const taskShapes = { banana, bottle, bowl, chair, lamp, mug } as const satisfies Record<string, Shape>;

export type TaskClass = keyof typeof taskShapes;
export const taskClasses = Object.keys(taskShapes) as readonly TaskClass[];

/** Usual colours of each class: a help to whoever sees colour, and lost in depth. */
export const usualColors: Readonly<Record<TaskClass, Palette>> = {
  banana: { hue: [0.12, 0.17], saturation: [0.55, 0.9], value: [0.7, 0.98] },
  bottle: { hue: [0.27, 0.42], saturation: [0.4, 0.8], value: [0.3, 0.65] },
  bowl: { hue: [0, 1], saturation: [0, 0.15], value: [0.75, 0.98] },
  chair: { hue: [0.04, 0.09], saturation: [0.5, 0.75], value: [0.35, 0.7] },
  lamp: { hue: [0.95, 1.02], saturation: [0.55, 0.85], value: [0.6, 0.95] },
  mug: { hue: [0.55, 0.66], saturation: [0.5, 0.85], value: [0.4, 0.95] },
};
