/** Right, down, away from the camera. */
export type Vector = readonly [number, number, number];

/** A symmetric matrix: xx, xy, xz, yy, yz, zz. */
type Symmetric = [number, number, number, number, number, number];

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** The smallest eigenvalue of a symmetric 3x3 matrix (the trigonometric solution of its characteristic cubic). */
function smallestEigenvalue([xx, xy, xz, yy, yz, zz]: Symmetric): number {
  const mean = (xx + yy + zz) / 3;
  const [a, d, f] = [xx - mean, yy - mean, zz - mean];
  const spread = Math.sqrt((a * a + d * d + f * f + 2 * (xy * xy + xz * xz + yz * yz)) / 6);
  if (spread === 0) return mean;
  const determinant = a * (d * f - yz * yz) - xy * (xy * f - yz * xz) + xz * (xy * yz - d * xz);
  const angle = Math.acos(Math.min(1, Math.max(-1, determinant / (2 * spread ** 3)))) / 3;
  return mean + 2 * spread * Math.cos(angle + (2 * Math.PI) / 3);
}

/** The direction that belongs to the smallest eigenvalue; null where there is no single one. */
function smallestDirection(matrix: Symmetric): Vector | null {
  const [xx, xy, xz, yy, yz, zz] = matrix;
  const smallest = smallestEigenvalue(matrix);
  const rows: Vector[] = [
    [xx - smallest, xy, xz],
    [xy, yy - smallest, yz],
    [xz, yz, zz - smallest],
  ];
  const [first, second, third] = rows as [Vector, Vector, Vector];
  const candidates = [cross(first, second), cross(first, third), cross(second, third)];
  const longest = candidates.reduce((best, next) => (dot(next, next) > dot(best, best) ? next : best));
  const length = Math.sqrt(dot(longest, longest));
  const scale = Math.max(...matrix.map(Math.abs));
  if (!(length > 1e-9 * scale * scale)) return null;
  return [longest[0] / length, longest[1] / length, longest[2] / length];
}

/** In the order of work: surfaces within this many degrees of level or upright count, so often. */
const rounds = [
  { degrees: 45, times: 5 },
  { degrees: 15, times: 5 },
] as const;

/**
 * The direction of gravity in the frame of the camera, from surface normals: the one to which most surfaces are parallel
 * or at right angles. It starts from straight down in the image; each time, normals within a tolerance of it are taken for
 * floors, those within the same tolerance of a right angle for walls, and it becomes the direction that minimises
 * `sum over walls of cos^2 + sum over floors of sin^2` (S. Gupta, P. Arbelaez, J. Malik, CVPR 2013, section 4; tolerances
 * and times as there: 45 degrees five times, then 15 five times).
 * @param normals `[count, 3]` of length 1; NaN where there is none
 * @returns of length 1, pointing down
 */
export function gravityFrom(normals: Float32Array): Vector {
  let down: Vector = [0, 1, 0];
  for (const { degrees, times } of rounds) {
    const tolerance = (degrees / 180) * Math.PI;
    for (let time = 0; time < times; time++) {
      const direction = smallestDirection(scatterAround(normals, down, tolerance));
      if (!direction) return down;
      const sign = dot(direction, down) < 0 ? -1 : 1;
      down = [sign * direction[0], sign * direction[1], sign * direction[2]];
    }
  }
  return down;
}

/** Sum of `n n^T` over walls less that over floors. */
function scatterAround(normals: Float32Array, down: Vector, tolerance: number): Symmetric {
  const sum: Symmetric = [0, 0, 0, 0, 0, 0];
  const [floorFrom, wallTo] = [Math.cos(tolerance), Math.sin(tolerance)];
  for (let at = 0; at < normals.length; at += 3) {
    const [x, y, z] = [normals[at] ?? NaN, normals[at + 1] ?? NaN, normals[at + 2] ?? NaN];
    const along = Math.abs(x * down[0] + y * down[1] + z * down[2]);
    const sign = (along < wallTo ? 1 : 0) - (along > floorFrom ? 1 : 0);
    if (sign === 0) continue;
    sum[0] += sign * x * x;
    sum[1] += sign * x * y;
    sum[2] += sign * x * z;
    sum[3] += sign * y * y;
    sum[4] += sign * y * z;
    sum[5] += sign * z * z;
  }
  return sum;
}
