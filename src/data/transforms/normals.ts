import type { Intrinsics } from '../../shared/recipe';

/** Distances along the optical axis, row-major, in any unit; NaN where there is no reading. */
export interface DepthMap {
  readonly width: number;
  readonly height: number;
  readonly depths: Float64Array;
}

/** Horizontal field of view of the camera that is assumed where none is given: about that of Kinect and RealSense. */
const assumedFieldOfView = Math.PI / 3;

/** A pinhole camera of 60 degrees from left to right, square pixels, and the principal point in the middle. */
export function assumedCamera(width: number, height: number): Intrinsics {
  const focal = width / 2 / Math.tan(assumedFieldOfView / 2);
  return { fx: focal, fy: focal, cx: (width - 1) / 2, cy: (height - 1) / 2 };
}

/** Surfaces that are seen at a smaller angle than this are taken for a step between two surfaces. */
const grazing = (15 / 180) * Math.PI;

/** Sums over the pixels of a window, by their offsets `u`, `v` from its middle and their inverse depths `q`. */
interface WindowSums {
  n: number;
  u: number;
  v: number;
  uu: number;
  uv: number;
  vv: number;
  q: number;
  qu: number;
  qv: number;
}

function sumWindow(
  { width, height, depths }: DepthMap,
  column: number,
  row: number,
  radius: number,
  step: number,
  sums: WindowSums,
): void {
  sums.n = sums.u = sums.v = sums.uu = sums.uv = sums.vv = sums.q = sums.qu = sums.qv = 0;
  const middle = depths[row * width + column] ?? NaN;
  const tolerance = middle * step;
  for (let v = Math.max(-radius, -row); v <= Math.min(radius, height - 1 - row); v++) {
    for (let u = Math.max(-radius, -column); u <= Math.min(radius, width - 1 - column); u++) {
      const depth = depths[(row + v) * width + column + u] ?? NaN;
      if (!(Math.abs(depth - middle) <= tolerance)) continue;
      const inverse = 1 / depth;
      sums.n++;
      sums.u += u;
      sums.v += v;
      sums.uu += u * u;
      sums.uv += u * v;
      sums.vv += v * v;
      sums.q += inverse;
      sums.qu += inverse * u;
      sums.qv += inverse * v;
    }
  }
}

/**
 * Fits `q = a u + b v + c` by least squares (Cramer's rule; the determinant is a whole number).
 * @returns null when the pixels of the window lie on one line
 */
function fitPlane({ n, u, v, uu, uv, vv, q, qu, qv }: WindowSums): readonly [number, number, number] | null {
  const minorC = uu * vv - uv * uv;
  const minorA = uv * v - u * vv;
  const minorB = u * uv - uu * v;
  const determinant = n * minorC + u * minorA + v * minorB;
  if (determinant < 0.5) return null;
  const c = (q * minorC + qu * minorA + qv * minorB) / determinant;
  const a = (q * minorA + qu * (n * vv - v * v) + qv * (u * v - n * uv)) / determinant;
  const b = (q * minorB + qu * (u * v - n * uv) + qv * (n * uu - u * u)) / determinant;
  return [a, b, c];
}

/**
 * Normals of the surfaces in a depth map, by planes fitted to windows of `2 radius + 1` pixels a side. Over a plane the
 * inverse depth is linear in the pixel, whatever its tilt, so that one least squares of three unknowns is exact for it
 * (the "disparity space" of S. Gupta, P. Arbelaez, J. Malik, CVPR 2013). Neighbours belong to another surface, and are left
 * out, where they are further from the middle of the window in depth than a surface seen at 15 degrees would carry them.
 * @param stride only every so many pixels across and down
 * @returns `[pixels, 3]`: x to the right, y down, z away from the camera; of length 1 and facing the camera; NaN without a
 * reading or with too few neighbours
 */
export function surfaceNormals(
  map: DepthMap,
  { fx, fy, cx, cy }: Intrinsics,
  radius: number,
  stride = 1,
): Float32Array {
  const { width, height, depths } = map;
  const [columns, rows] = [Math.ceil(width / stride), Math.ceil(height / stride)];
  const normals = new Float32Array(columns * rows * 3).fill(NaN);
  const step = radius / (Math.tan(grazing) * Math.min(fx, fy));
  const sums: WindowSums = { n: 0, u: 0, v: 0, uu: 0, uv: 0, vv: 0, q: 0, qu: 0, qv: 0 };
  for (let y = 0, target = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, target += 3) {
      const [column, row] = [x * stride, y * stride];
      if (!((depths[row * width + column] ?? NaN) > 0)) continue;
      sumWindow(map, column, row, radius, step, sums);
      const plane = fitPlane(sums);
      if (!plane) continue;
      const [a, b, c] = plane;
      // A point on the plane has normal . point = constant; divided by its depth: linear in (u - cx) / fx, (v - cy) / fy and 1.
      const away = [a * fx, b * fy, c + a * (cx - column) + b * (cy - row)] as const;
      const length = Math.hypot(...away);
      if (!(length > 0 && length < Infinity)) continue;
      away.forEach((part, axis) => (normals[target + axis] = -part / length));
    }
  }
  return normals;
}
