import type { Rng } from '../../shared/rng';
import { ball, box, capsule, cone, cylinder, ring } from './primitives';
import { between, single, type Shape, type Solid } from './solid';

function carton(rng: Rng): Solid {
  const [halfX, halfY, halfZ] = [between(rng, 0.4, 0.8), between(rng, 0.3, 0.8), between(rng, 0.3, 0.7)];
  return {
    distance: (x, y, z) => box(x, y - halfY, z, halfX - 0.04, halfY - 0.04, halfZ - 0.04, 0.04),
    part: (_x, y) => (y > halfY * 1.5 ? 1 : 0),
    center: [0, halfY, 0],
    radius: Math.sqrt(halfX * halfX + halfY * halfY + halfZ * halfZ) + 0.01,
  };
}

function sphere(rng: Rng): Solid {
  const radius = between(rng, 0.6, 0.9);
  return {
    distance: (x, y, z) => ball(x, y - radius, z, radius),
    part: (_x, y) => (y > radius ? 1 : 0),
    center: [0, radius, 0],
    radius: radius + 0.01,
  };
}

/** A tyre standing on its tread. */
function wheel(rng: Rng): Solid {
  const radius = between(rng, 0.6, 0.8);
  const thickness = between(rng, 0.15, 0.28);
  return {
    distance: (x, y, z) => ring(x, z, y - radius - thickness, radius, thickness),
    part: single,
    center: [0, radius + thickness, 0],
    radius: radius + thickness + 0.01,
  };
}

function funnel(rng: Rng): Solid {
  const width = between(rng, 0.5, 0.8);
  const height = between(rng, 1.3, 1.8);
  return {
    distance: (x, y, z) => Math.min(cone(x, y, z, width, 0.03, 0.08, height), cylinder(x, y, z, width + 0.1, 0, 0.1)),
    part: (_x, y) => (y > height * 0.4 && y < height * 0.65 ? 1 : 0),
    center: [0, height / 2, 0],
    radius: Math.sqrt((height / 2) ** 2 + (width + 0.1) ** 2) + 0.01,
  };
}

function dumbbell(rng: Rng): Solid {
  const weight = between(rng, 0.32, 0.45);
  const reach = between(rng, 0.6, 0.8);
  return {
    distance: (x, y, z) =>
      Math.min(ball(Math.abs(x) - reach, y - weight, z, weight), capsule(x, y - weight, z, -reach, 0, reach, 0, 0.12)),
    part: (x) => (Math.abs(x) > reach - weight ? 0 : 1),
    center: [0, weight, 0],
    radius: reach + weight + 0.01,
  };
}

function arch(rng: Rng): Solid {
  const half = between(rng, 0.7, 0.9);
  const depth = between(rng, 0.2, 0.4);
  const opening = half * between(rng, 0.5, 0.65);
  return {
    distance: (x, y, z) => {
      const block = box(x, y - half * 0.75, z, half, half * 0.75, depth);
      const passage = Math.sqrt(x * x + Math.max(y - half * 0.4, 0) ** 2) - opening;
      return Math.max(block, -passage);
    },
    part: single,
    center: [0, half * 0.75, 0],
    radius: Math.sqrt(half * half * 1.5625 + depth * depth) + 0.01,
  };
}

function cactus(rng: Rng): Solid {
  const thickness = between(rng, 0.17, 0.24);
  const [left, right] = [between(rng, 0.5, 0.9), between(rng, 0.7, 1.1)];
  return {
    distance: (x, y, z) =>
      Math.min(
        capsule(x, y, z, 0, 0, 0, 1.7, thickness),
        capsule(x, y, z, 0, left, -0.6, left, thickness * 0.8),
        capsule(x, y, z, -0.6, left, -0.6, left + 0.45, thickness * 0.8),
        capsule(x, y, z, 0, right, 0.55, right, thickness * 0.8),
        capsule(x, y, z, 0.55, right, 0.55, right + 0.4, thickness * 0.8),
      ),
    part: single,
    center: [0, 0.95, 0],
    radius: 1.25,
  };
}

function stairs(rng: Rng): Solid {
  const rise = between(rng, 0.3, 0.42);
  const half = between(rng, 0.4, 0.7);
  return {
    distance: (x, y, z) =>
      Math.min(
        box(x, y - rise / 2, z, 0.9, rise / 2, half),
        box(x - 0.3, y - rise, z, 0.6, rise, half),
        box(x - 0.6, y - rise * 1.5, z, 0.3, rise * 1.5, half),
      ),
    part: (_x, y) => (y > rise * 1.05 && y < rise * 1.95 ? 1 : 0),
    center: [0, rise * 1.2, 0],
    radius: Math.sqrt(0.81 + half * half + (rise * 1.8) ** 2) + 0.01,
  };
}

/** Bodies outside the six classes: they fill the task-irrelevant pairs. */
export const otherShapes = {
  carton,
  sphere,
  wheel,
  funnel,
  dumbbell,
  arch,
  cactus,
  stairs,
} as const satisfies Record<string, Shape>;

type OtherClass = keyof typeof otherShapes;
export const otherClasses = Object.keys(otherShapes) as readonly OtherClass[];

/** Small bodies that lie about in every scene. */
export const clutterShapes: readonly Shape[] = [carton, sphere, carton];
