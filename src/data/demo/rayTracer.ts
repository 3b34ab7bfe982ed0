import type { PlacedSolid, Plane, Scene } from './scene';
import { add, dot, normalize, rotate, rotateBack, scale, subtract, type Vector3 } from './vector';

/** Closer than this to a surface, in units of the body, a ray has arrived. */
const arrival = 0.002;
const maxSteps = 72;

/** Where a ray meets the scene. */
export interface Hit {
  /** Metres along the ray. */
  readonly distance: number;
  readonly point: Vector3;
  readonly surface: PlacedSolid | Plane;
}

/**
 * Sphere tracing of one body inside its bounding sphere.
 * @param direction of length 1
 * @returns metres to the surface, or Infinity where the ray misses or is longer than `limit`
 */
function march(object: PlacedSolid, origin: Vector3, direction: Vector3, limit: number): number {
  const { solid, unit } = object;
  const [x, y, z] = scale(rotate(object.rotation, subtract(origin, object.position)), 1 / unit);
  const [dx, dy, dz] = rotate(object.rotation, direction);
  const [cx, cy, cz] = [x - solid.center[0], y - solid.center[1], z - solid.center[2]];
  const middle = -(cx * dx + cy * dy + cz * dz);
  const chord = solid.radius * solid.radius - (cx * cx + cy * cy + cz * cz) + middle * middle;
  if (chord <= 0) return Infinity;
  const half = Math.sqrt(chord);
  const end = Math.min(middle + half, limit / unit);
  let along = Math.max(middle - half, 0);
  for (let step = 0; step < maxSteps && along < end; step++) {
    const free = solid.distance(x + along * dx, y + along * dy, z + along * dz);
    if (free < arrival) return along * unit;
    along += free;
  }
  return Infinity;
}

function meetPlane(plane: Plane, origin: Vector3, direction: Vector3): number {
  const approach = dot(plane.normal, direction);
  return approach >= 0 ? Infinity : (plane.offset - dot(plane.normal, origin)) / approach;
}

/** The first surface along a ray; null where it leaves the scene. `direction` has length 1. */
export function trace(scene: Scene, origin: Vector3, direction: Vector3): Hit | null {
  let distance = Infinity;
  let surface: PlacedSolid | Plane | null = null;
  for (const plane of scene.planes) {
    const along = meetPlane(plane, origin, direction);
    if (along < distance) [distance, surface] = [along, plane];
  }
  for (const object of scene.objects) {
    const along = march(object, origin, direction, distance);
    if (along < distance) [distance, surface] = [along, object];
  }
  return surface === null ? null : { distance, surface, point: add(origin, scale(direction, distance)) };
}

/** Whether a body stands between two points; both may lie on surfaces. */
export function occluded(scene: Scene, from: Vector3, to: Vector3): boolean {
  const way = subtract(to, from);
  const distance = Math.sqrt(dot(way, way));
  const direction = scale(way, 1 / distance);
  return scene.objects.some((object) => march(object, from, direction, distance) < distance);
}

/** A point of a surface in the coordinates of its body; of planes, in metres. */
export const localPoint = (surface: PlacedSolid | Plane, point: Vector3): Vector3 =>
  'solid' in surface ? scale(rotate(surface.rotation, subtract(point, surface.position)), 1 / surface.unit) : point;

/** The outward normal of a surface at a point on it, length 1. */
export function normalAt(surface: PlacedSolid | Plane, point: Vector3): Vector3 {
  if (!('solid' in surface)) return surface.normal;
  const { distance } = surface.solid;
  const [x, y, z] = localPoint(surface, point);
  const h = 0.004;
  return normalize(
    rotateBack(surface.rotation, [
      distance(x + h, y, z) - distance(x - h, y, z),
      distance(x, y + h, z) - distance(x, y - h, z),
      distance(x, y, z + h) - distance(x, y, z - h),
    ]),
  );
}

/**
 * The ray through a point of the image.
 * @param u 0 (left) to 1 (right)
 * @param v 0 (top) to 1 (bottom)
 * @returns its direction, length 1
 */
export function rayThrough({ camera }: Scene, u: number, v: number): Vector3 {
  const aside = scale(camera.right, (2 * u - 1) * camera.halfWidth);
  const above = scale(camera.up, (1 - 2 * v) * camera.halfWidth);
  return normalize(add(camera.forward, add(aside, above)));
}
