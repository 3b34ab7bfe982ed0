import type { Rng } from '../../shared/rng';
import { between } from './solid';
import { clamp, type Vector3 } from './vector';

/** Linear-light red, green, blue in 0..1. */
export type Color = Vector3;

const patterns = ['plain', 'plain', 'plain', 'plain', 'plain', 'checks', 'stripes', 'clouds', 'dots', 'grain'] as const;

/** What a surface looks like: two colours and a solid texture that decides between them. */
export interface Material {
  readonly pattern: (typeof patterns)[number];
  readonly first: Color;
  readonly second: Color;
  /** Repeats per unit of the object. */
  readonly frequency: number;
  /** Makes the noise of every material its own. */
  readonly salt: number;
  /** Strength of the highlight, 0..1. */
  readonly gloss: number;
}

function colorOf(hue: number, saturation: number, value: number): Color {
  const channel = (offset: number): number => {
    const k = (offset + hue * 6) % 6;
    return value * (1 - saturation * clamp(Math.min(k, 4 - k), 0, 1));
  };
  return [channel(5) ** 2.2, channel(3) ** 2.2, channel(1) ** 2.2];
}

/** Colours that go together: bounds of hue (0..1, red to red), saturation and value (0..1, as displayed). */
export interface Palette {
  readonly hue: readonly [number, number];
  readonly saturation: readonly [number, number];
  readonly value: readonly [number, number];
}

/** Painted and printed things: any colour. */
export const vivid: Palette = { hue: [0, 1], saturation: [0.1, 0.9], value: [0.25, 0.98] };
/** Furniture and walls. */
export const muted: Palette = { hue: [0, 1], saturation: [0.05, 0.45], value: [0.25, 0.98] };

const drawColor = (rng: Rng, { hue, saturation, value }: Palette): Color =>
  colorOf(between(rng, ...hue), between(rng, ...saturation), between(rng, ...value));

export function drawMaterial(rng: Rng, palette: Palette): Material {
  return {
    pattern: patterns[rng.integer(patterns.length)] ?? 'plain',
    first: drawColor(rng, palette),
    second: drawColor(rng, palette),
    frequency: between(rng, 2, 7),
    salt: rng.integer(1 << 30),
    gloss: rng.next() < 0.5 ? between(rng, 0.2, 0.7) : 0,
  };
}

/** Pseudo-random number in [0, 1) of a lattice point. */
function latticeValue(x: number, y: number, z: number, salt: number): number {
  let hash = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(z, 0x1b873593) ^ salt;
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
}

const ease = (t: number): number => t * t * (3 - 2 * t);

/** Between two neighbours along x, at the share `u` of the way. */
function noiseAlongX(i: number, j: number, k: number, u: number, salt: number): number {
  const from = latticeValue(i, j, k, salt);
  return from + u * (latticeValue(i + 1, j, k, salt) - from);
}

/** Smooth noise in 0..1: lattice values, blended. */
function smoothNoise(x: number, y: number, z: number, salt: number): number {
  const i = Math.floor(x);
  const j = Math.floor(y);
  const k = Math.floor(z);
  const u = ease(x - i);
  const v = ease(y - j);
  const near = (1 - v) * noiseAlongX(i, j, k, u, salt) + v * noiseAlongX(i, j + 1, k, u, salt);
  const far = (1 - v) * noiseAlongX(i, j, k + 1, u, salt) + v * noiseAlongX(i, j + 1, k + 1, u, salt);
  return near + ease(z - k) * (far - near);
}

const clouds = (x: number, y: number, z: number, salt: number): number =>
  0.65 * smoothNoise(x, y, z, salt) + 0.35 * smoothNoise(2.1 * x, 2.1 * y, 2.1 * z, salt ^ 0x5bd1e995);

/** Share of the second colour at a point, 0..1. */
function secondShare(material: Material, x: number, y: number, z: number): number {
  const { pattern, salt } = material;
  switch (pattern) {
    case 'plain':
      return 0.15 * smoothNoise(x, y, z, salt);
    case 'checks':
      return (Math.floor(x) + Math.floor(y + 0.01) + Math.floor(z)) & 1;
    case 'stripes':
      return Math.sin(3 * (x * Math.cos(salt) + y * Math.sin(salt))) > 0 ? 1 : 0;
    case 'clouds':
      return clamp(2 * clouds(x, y, z, salt) - 0.5, 0, 1);
    case 'dots':
      return (x - Math.floor(x) - 0.5) ** 2 + (y - Math.floor(y) - 0.5) ** 2 + (z - Math.floor(z) - 0.5) ** 2 < 0.16
        ? 1
        : 0;
    case 'grain':
      return 0.5 + 0.5 * Math.sin(9 * clouds(x * 0.3, y * 0.3, z * 1.5, salt) + 4 * x);
  }
}

/** Colour of a surface at a point in the object's own coordinates. */
export function colorAt(material: Material, [x, y, z]: Vector3): Color {
  const { first, second, frequency } = material;
  const share = secondShare(material, x * frequency, y * frequency, z * frequency);
  return [
    first[0] + share * (second[0] - first[0]),
    first[1] + share * (second[1] - first[1]),
    first[2] + share * (second[2] - first[2]),
  ];
}
