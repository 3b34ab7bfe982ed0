import type { Rng } from '../../shared/rng';
import { drawMaterial, muted, vivid, type Color, type Material, type Palette } from './materials';
import { clutterShapes } from './otherShapes';
import { between, type Shape, type Solid } from './solid';
import { add, cross, dot, normalize, rotateBack, scale, subtract, turned, type Rotation, type Vector3 } from './vector';

/** A body in the world; lengths in metres, the table top is y = 0. */
export interface PlacedSolid {
  readonly solid: Solid;
  /** World position of the origin of the body. */
  readonly position: Vector3;
  readonly rotation: Rotation;
  /** Metres per unit of the body. */
  readonly unit: number;
  readonly materials: readonly [Material, Material];
}

/** All points p with `dot(normal, p) = offset`. */
export interface Plane {
  readonly normal: Vector3;
  readonly offset: number;
  readonly material: Material;
}

/** A pinhole camera. */
export interface Camera {
  readonly position: Vector3;
  readonly right: Vector3;
  readonly up: Vector3;
  readonly forward: Vector3;
  /** Tangent of half the field of view, the same in both directions. */
  readonly halfWidth: number;
}

export interface Scene {
  readonly camera: Camera;
  readonly objects: readonly PlacedSolid[];
  /** Table and walls. */
  readonly planes: readonly Plane[];
  readonly light: { readonly position: Vector3; readonly color: Color; readonly ambient: number };
}

/** A body on the table with its origin above (x, z), its bounding sphere `radius` metres wide. */
function place(rng: Rng, shape: Shape, palette: Palette, radius: number, x: number, z: number): PlacedSolid {
  const solid = shape(rng);
  return {
    solid,
    position: [x, 0, z],
    rotation: turned(2 * Math.PI * rng.next()),
    unit: radius / solid.radius,
    materials: [drawMaterial(rng, palette), drawMaterial(rng, vivid)],
  };
}

/** World centre of the bounding sphere. */
const centerOf = (object: PlacedSolid): Vector3 =>
  add(object.position, scale(rotateBack(object.rotation, object.solid.center), object.unit));

/** A camera that looks at a point from a distance, `elevation` radians above the horizon, at heading 0 (along -z). */
export function lookAt(target: Vector3, distance: number, elevation: number, roll: number, halfWidth: number): Camera {
  const position = add(target, [0, distance * Math.sin(elevation), distance * Math.cos(elevation)]);
  const forward = normalize(subtract(target, position));
  const level = normalize(cross(forward, [0, 1, 0]));
  const upright = cross(level, forward);
  const right = add(scale(level, Math.cos(roll)), scale(upright, Math.sin(roll)));
  return { position, forward, right, up: cross(right, forward), halfWidth };
}

function drawCamera(rng: Rng, subject: PlacedSolid, radius: number): Camera {
  const halfWidth = between(rng, 0.38, 0.5);
  const filled = between(rng, 0.62, 0.88);
  const jitter = (): number => between(rng, -0.22, 0.22) * radius;
  const target = add(centerOf(subject), [jitter(), jitter(), 0]);
  return lookAt(target, radius / (halfWidth * filled), between(rng, 0.2, 0.75), between(rng, -0.09, 0.09), halfWidth);
}

/** Small things beside and behind the subject, never inside it nor between it and the camera. */
function drawClutter(rng: Rng, radius: number): PlacedSolid[] {
  return Array.from({ length: rng.integer(3) }, () => {
    const size = radius * between(rng, 0.18, 0.38);
    const away = radius * 0.85 + size + radius * between(rng, 0, 0.9);
    const heading = between(rng, -0.15, Math.PI + 0.15);
    const shape = clutterShapes[rng.integer(clutterShapes.length)] ?? clutterShapes[0];
    if (shape === undefined) throw new Error('there are no clutter shapes');
    return place(rng, shape, vivid, size, away * Math.cos(heading), -away * Math.sin(heading));
  });
}

function drawPlanes(rng: Rng, radius: number): Plane[] {
  const dull = (): Material => {
    const material = drawMaterial(rng, muted);
    return { ...material, frequency: material.frequency * 1.5, gloss: 0 };
  };
  const turn = between(rng, -0.5, 0.5);
  const wall = (heading: number, distance: number): Plane => ({
    normal: [Math.sin(heading), 0, Math.cos(heading)],
    offset: -distance,
    material: dull(),
  });
  const planes = [
    { normal: [0, 1, 0], offset: 0, material: dull() } as const,
    wall(turn, radius + between(rng, 0.4, 2.6)),
  ];
  if (rng.next() < 0.3) planes.push(wall(turn + (rng.next() < 0.5 ? 1.4 : -1.4), radius + between(rng, 0.3, 1.2)));
  return planes;
}

/** A table top with one thing in its middle, some clutter, walls behind, a lamp above and a camera in front. */
export function drawScene(rng: Rng, shape: Shape, palette: Palette): Scene {
  const radius = between(rng, 0.15, 0.22);
  const subject = place(rng, shape, palette, radius, 0, 0);
  const camera = drawCamera(rng, subject, radius);
  const warmth = between(rng, -0.18, 0.18);
  return {
    camera,
    objects: [subject, ...drawClutter(rng, radius)],
    planes: drawPlanes(rng, radius).filter((plane) => dot(plane.normal, camera.position) > plane.offset),
    light: {
      position: [between(rng, -1.4, 1.4), between(rng, 1, 2.2), between(rng, -0.2, 1.8)],
      color: [1 + warmth, 1, 1 - warmth],
      ambient: between(rng, 0.25, 0.5),
    },
  };
}
