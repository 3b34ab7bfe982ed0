import type { DepthMap } from './normals';

/** Over the square window around every pixel of a depth map; NaN where the window is cut by the border or has a hole. */
export interface BoxSums {
  /** Smallest and largest depth. */
  readonly nearest: Float64Array;
  readonly furthest: Float64Array;
  /** Sums of the inverse depth q, of q u and of q v, with u and v the offsets from the middle. */
  readonly q: Float64Array;
  readonly qu: Float64Array;
  readonly qv: Float64Array;
}

/**
 * All windows of a depth map at once, first along the rows and then along the columns: some tens of operations a pixel
 * where the window by itself takes hundreds.
 */
export function boxSums({ width, height, depths }: DepthMap, radius: number): BoxSums {
  const empty = (): Float64Array => new Float64Array(depths.length).fill(NaN);
  const rows: BoxSums = { nearest: empty(), furthest: empty(), q: empty(), qu: empty(), qv: empty() };
  for (let y = 0; y < height; y++) {
    for (let x = radius; x < width - radius; x++) {
      const at = y * width + x;
      let [nearest, furthest, q, qu] = [Infinity, 0, 0, 0];
      for (let u = -radius; u <= radius; u++) {
        const depth = depths[at + u] ?? NaN;
        const inverse = 1 / depth;
        nearest = Math.min(nearest, depth);
        furthest = Math.max(furthest, depth);
        q += inverse;
        qu += inverse * u;
      }
      rows.nearest[at] = nearest;
      rows.furthest[at] = furthest;
      rows.q[at] = q;
      rows.qu[at] = qu;
    }
  }
  return sumColumns(rows, width, height, radius);
}

function sumColumns(rows: BoxSums, width: number, height: number, radius: number): BoxSums {
  const empty = (): Float64Array => new Float64Array(rows.q.length).fill(NaN);
  const boxes: BoxSums = { nearest: empty(), furthest: empty(), q: empty(), qu: empty(), qv: empty() };
  for (let y = radius; y < height - radius; y++) {
    for (let x = radius; x < width - radius; x++) {
      const at = y * width + x;
      let [nearest, furthest, q, qu, qv] = [Infinity, 0, 0, 0, 0];
      for (let v = -radius; v <= radius; v++) {
        const row = at + v * width;
        const sum = rows.q[row] ?? NaN;
        nearest = Math.min(nearest, rows.nearest[row] ?? NaN);
        furthest = Math.max(furthest, rows.furthest[row] ?? NaN);
        q += sum;
        qu += rows.qu[row] ?? NaN;
        qv += sum * v;
      }
      boxes.nearest[at] = nearest;
      boxes.furthest[at] = furthest;
      boxes.q[at] = q;
      boxes.qu[at] = qu;
      boxes.qv[at] = qv;
    }
  }
  return boxes;
}
