import type { Rng } from '../../shared/rng';
import type { Vector3 } from './vector';

/** A body in its own coordinates: it rests on y = 0, y points up, its height or width is about 2 units. */
export interface Solid {
  /** Signed distance to the surface or a lower bound of it, in units of the shape. */
  readonly distance: (x: number, y: number, z: number) => number;
  /** Which of the two materials of the object covers this point of the surface. */
  readonly part: (x: number, y: number, z: number) => 0 | 1;
  /** A sphere that holds the whole body. */
  readonly center: Vector3;
  readonly radius: number;
}

/** A family of bodies: proportions are drawn from `rng`. */
export type Shape = (rng: Rng) => Solid;

/** A number between two bounds. */
export const between = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.next();

export const single = (): 0 => 0;

/** The same body on its side: what was up (y) points along z; it then rests on `halfWidth`, its radius about y. */
export function lyingDown(solid: Solid, halfWidth: number): Solid {
  const height = solid.center[1];
  return {
    distance: (x, y, z) => solid.distance(x, z + height, y - halfWidth),
    part: (x, y, z) => solid.part(x, z + height, y - halfWidth),
    center: [solid.center[0], halfWidth + solid.center[2], 0],
    radius: solid.radius,
  };
}
