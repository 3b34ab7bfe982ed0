import { colourChannels, readingTest } from './readings';
import type { RawImage } from '../formats/images/format';

/** Sides of the small picture that edges are looked for in. */
const side = 64;

/** Strength of edges on a grid of 64 x 64 cells, row by row; NaN where a neighbour has no reading. */
export type EdgeMap = Float32Array;

/** Mean grey of the readings in each cell of the grid, in raw units; NaN without any. The aspect ratio is not kept. */
function smallGrey(image: RawImage): Float32Array {
  const { width, height, channels, samples } = image;
  const colours = colourChannels(image);
  const isReading = readingTest(image);
  const grey = new Float32Array(side * side);
  for (let cell = 0; cell < grey.length; cell++) {
    const [cellX, cellY] = [cell % side, Math.floor(cell / side)];
    const [left, top] = [Math.floor((cellX * width) / side), Math.floor((cellY * height) / side)];
    const right = Math.max(left + 1, Math.floor(((cellX + 1) * width) / side));
    const bottom = Math.max(top + 1, Math.floor(((cellY + 1) * height) / side));
    let [sum, count] = [0, 0];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const start = (y * width + x) * channels;
        for (let sample = start; sample < start + colours; sample++) {
          const value = samples[sample] ?? 0;
          if (colours === 1 && !isReading(value)) continue;
          sum += value;
          count++;
        }
      }
    }
    grey[cell] = count > 0 ? sum / count : NaN;
  }
  return grey;
}

/** Square root of the gradient's length (central differences), so that one sharp edge does not outweigh all others. */
export function edgeMap(image: RawImage): EdgeMap {
  const grey = smallGrey(image);
  const edges = new Float32Array(side * side).fill(NaN);
  for (let y = 1; y < side - 1; y++) {
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const across = (grey[at + 1] ?? NaN) - (grey[at - 1] ?? NaN);
      const down = (grey[at + side] ?? NaN) - (grey[at - side] ?? NaN);
      edges[at] = Math.sqrt(Math.hypot(across, down));
    }
  }
  return edges;
}

/** Fewest cells with a reading in both pictures for a correlation to mean anything. */
const fewestCells = 64;

/**
 * Pearson correlation of two edge maps over the cells that both have.
 * @returns -1..1; 0 where one of them has no edges or they have too few cells in common
 */
export function edgeCorrelation(a: EdgeMap, b: EdgeMap): number {
  let [count, sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] ?? NaN, b[at] ?? NaN];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    count++;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  if (count < fewestCells) return 0;
  const covariance = sumAB - (sumA * sumB) / count;
  const variances = (sumAA - (sumA * sumA) / count) * (sumBB - (sumB * sumB) / count);
  return variances > 0 ? Math.max(-1, Math.min(1, covariance / Math.sqrt(variances))) : 0;
}
