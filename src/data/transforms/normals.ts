import { boxSums } from './boxSums';
import type { BoxSums } from './boxSums';
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
  readonly n: number;
  readonly u: number;
  readonly v: number;
  readonly uu: number;
  readonly uv: number;
  readonly vv: number;
  readonly q: number;
  readonly qu: number;
  readonly qv: number;
}

function sumWindow(
  { width, height, depths }: DepthMap,
  column: number,
  row: number,
  radius: number,
  step: number,
): WindowSums {
  let [n, sumU, sumV, uu, uv, vv, q, qu, qv] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  const middle = depths[row * width + column] ?? NaN;
  const [nearest, furthest] = [middle - middle * step, middle + middle * step];
  const [left, right] = [Math.max(-radius, -column), Math.min(radius, width - 1 - column)];
  for (let v = Math.max(-radius, -row); v <= Math.min(radius, height - 1 - row); v++) {
    const start = (row + v) * width + column;
    for (let u = left; u <= right; u++) {
      const depth = depths[start + u] ?? NaN;
      if (!(depth >= nearest && depth <= furthest)) continue;
      const inverse = 1 / depth;
      n++;
      sumU += u;
      sumV += v;
      uu += u * u;
      uv += u * v;
      vv += v * v;
      q += inverse;
      qu += inverse * u;
      qv += inverse * v;
    }
  }
  return { n, u: sumU, v: sumV, uu, uv, vv, q, qu, qv };
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
 * Fits every window by itself, or all at once where that is possible: of a window without holes, borders and steps the
 * offsets add up to 0, and least squares becomes three quotients.
 */
function planeFitter(
  map: DepthMap,
  radius: number,
  step: number,
  boxes: BoxSums | null,
): (column: number, row: number) => readonly [number, number, number] | null {
  const side = 2 * radius + 1;
  // Sum of u^2 over the window: side * 2 * (1 + 4 + ... + radius^2).
  const squares = (side * radius * (radius + 1) * side) / 3;
  return (column, row) => {
    const at = row * map.width + column;
    const depth = map.depths[at] ?? NaN;
    const isWhole =
      boxes !== null &&
      (boxes.nearest[at] ?? NaN) >= depth - depth * step &&
      (boxes.furthest[at] ?? NaN) <= depth + depth * step;
    if (!isWhole) return fitPlane(sumWindow(map, column, row, radius, step));
    return [(boxes.qu[at] ?? 0) / squares, (boxes.qv[at] ?? 0) / squares, (boxes.q[at] ?? 0) / (side * side)];
  };
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
  const planeOf = planeFitter(map, radius, step, stride === 1 ? boxSums(map, radius) : null);
  for (let y = 0, target = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, target += 3) {
      const [column, row] = [x * stride, y * stride];
      if (!((depths[row * width + column] ?? NaN) > 0)) continue;
      const plane = planeOf(column, row);
      if (!plane) continue;
      const [a, b, c] = plane;
      // A point on the plane has normal . point = constant; divided by its depth: linear in (u - cx) / fx, (v - cy) / fy and 1.
      const [right, down, away] = [a * fx, b * fy, c + a * (cx - column) + b * (cy - row)];
      const length = Math.sqrt(right * right + down * down + away * away);
      if (!(length > 0 && length < Infinity)) continue;
      normals[target] = -right / length;
      normals[target + 1] = -down / length;
      normals[target + 2] = -away / length;
    }
  }
  return normals;
}
