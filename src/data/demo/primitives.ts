/**
 * Signed distances to simple bodies: negative inside, zero on the surface. All are exact or a lower bound, so that a
 * ray may always advance by the value. The vertical axis is y; lengths are in units of the shape.
 * (The formulas are textbook geometry; see Hart, "Sphere tracing", The Visual Computer 1996.)
 */

const length2 = (a: number, b: number): number => Math.sqrt(a * a + b * b);

export const ball = (x: number, y: number, z: number, radius: number): number =>
  Math.sqrt(x * x + y * y + z * z) - radius;

/** Centred box with half extents; edges are rounded by `rounding`, which adds to the extents. */
export function box(
  x: number,
  y: number,
  z: number,
  halfX: number,
  halfY: number,
  halfZ: number,
  rounding = 0,
): number {
  const [a, b, c] = [Math.abs(x) - halfX, Math.abs(y) - halfY, Math.abs(z) - halfZ];
  const [u, v, w] = [Math.max(a, 0), Math.max(b, 0), Math.max(c, 0)];
  return Math.sqrt(u * u + v * v + w * w) + Math.min(Math.max(a, b, c), 0) - rounding;
}

/** Upright cylinder from `bottom` to `top`. */
export function cylinder(x: number, y: number, z: number, radius: number, bottom: number, top: number): number {
  const aside = length2(x, z) - radius;
  const above = Math.abs(y - (bottom + top) / 2) - (top - bottom) / 2;
  return Math.min(Math.max(aside, above), 0) + length2(Math.max(aside, 0), Math.max(above, 0));
}

/** Upright truncated cone: `lower` and `upper` are its radii at `bottom` and `top`. A lower bound. */
export function cone(
  x: number,
  y: number,
  z: number,
  lower: number,
  upper: number,
  bottom: number,
  top: number,
): number {
  const slope = (lower - upper) / (top - bottom);
  const aside = (length2(x, z) - lower + slope * (y - bottom)) / Math.sqrt(1 + slope * slope);
  return Math.max(aside, bottom - y, y - top);
}

/** Ring around the y axis. */
export const ring = (x: number, y: number, z: number, radius: number, thickness: number): number =>
  length2(length2(x, z) - radius, y) - thickness;

/** Smallest of two distances with a fillet of about `blend` between the bodies. */
export function blended(first: number, second: number, blend: number): number {
  const overlap = Math.max(blend - Math.abs(first - second), 0) / blend;
  return Math.min(first, second) - overlap * overlap * blend * 0.25;
}

/** Capsule between two points of the plane z = 0. */
export function capsule(
  x: number,
  y: number,
  z: number,
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  radius: number,
): number {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const share = ((x - fromX) * alongX + (y - fromY) * alongY) / (alongX * alongX + alongY * alongY);
  const t = Math.min(1, Math.max(0, share));
  return ball(x - fromX - t * alongX, y - fromY - t * alongY, z, radius);
}
