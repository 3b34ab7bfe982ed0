import { convDims, phases } from './convShape';
import type { Program } from './program';
import { allOf, imageColumns, matrixRows, tapFactor } from './sharedFactors';
import { tiledProduct, type Tile } from './tiledProduct';

/** Variants of the code; shapes are not among them. */
export interface SharedVariant {
  readonly tile: Tile;
  /** Input, and output channels of a group in fours. */
  readonly vectorInput: boolean;
  readonly vectorOutput: boolean;
}

const element = (vector: boolean): 'vec4f' | 'f32' => (vector ? 'vec4f' : 'f32');

const keyOf = (name: string, { tile, vectorInput, vectorOutput }: SharedVariant): string =>
  `${name}/${tile.name}/${vectorInput ? 'v' : 's'}${vectorOutput ? 'v' : 's'}`;

/**
 * {@link file://./convForward.ts} with tiles in workgroup memory: rows are output pixels of all images, columns output
 * channels, the inner dimension is `(tap row, tap column, input channel)`.
 */
export function sharedForward(variant: SharedVariant): Program {
  const { tile, vectorInput, vectorOutput } = variant;
  const taps = {
    side: 'left',
    reading: { source: 'x', vector: vectorInput },
    channels: 'inOfGroup',
    width: 'dims.filterWidth',
  } as const;
  const image = tapFactor(
    taps,
    (i, quad) => `
  let pixel${i} = min(firstRow + ${quad} * 4 + ${i}, rows - 1);
  let left${i} = pixel${i} % dims.outWidth * dims.strideX - dims.padLeft;
  let top${i} = pixel${i} / dims.outWidth % dims.outHeight * dims.strideY - dims.padTop;
  let image${i} = pixel${i} / dims.outWidth / dims.outHeight * dims.height;`,
    (i, { row, column, channel }) => {
      const [y, x] = [`(top${i} + ${row} * dims.dilationY)`, `(left${i} + ${column} * dims.dilationX)`];
      return {
        at: `((image${i} + ${y}) * dims.width + ${x}) * dims.inChannels + inGroup * inOfGroup + ${channel}`,
        condition: allOf(`u32(${y}) < u32(dims.height)`, `u32(${x}) < u32(dims.width)`),
      };
    },
  );
  return tiledProduct({
    key: keyOf('sharedConv', variant),
    outputs: { y: element(vectorOutput) },
    inputs: { x: element(vectorInput), w: element(vectorOutput) },
    dims: convDims,
    tile,
    extents: `
  let rows = dims.batch * dims.outHeight * dims.outWidth;
  let columns = outOfGroup;
  let depth = dims.filterHeight * dims.filterWidth * inOfGroup;`,
    left: image,
    right: matrixRows({ source: 'w', vector: vectorOutput }),
    target: (row) => `(part * rows + ${row}) * dims.outChannels + inGroup * outOfGroup`,
    vectorOutput,
  });
}

/**
 * {@link file://./convInputGradient.ts} with tiles in workgroup memory: rows are the input pixels of a phase (z of the
 * dispatch), columns input channels, the inner dimension is `(tap row, tap column, output channel)` over the phase's taps.
 */
export function sharedInputGradient(variant: SharedVariant): Program {
  const { tile, vectorInput, vectorOutput } = variant;
  const taps = { channels: 'outOfGroup', width: 'max(1, tapsX)' } as const;
  const gradient = tapFactor(
    { ...taps, side: 'left', reading: { source: 'dy', vector: vectorOutput } },
    (i, quad) => `
  let pixel${i} = min(firstRow + ${quad} * 4 + ${i}, rows - 1);
  let left${i} = pixel${i} % countX + firstX;
  let top${i} = pixel${i} / countX % countY + firstY;
  let image${i} = pixel${i} / countX / countY * dims.outHeight;`,
    (i, { row, column, channel }) => {
      const [y, x] = [`(top${i} - ${row})`, `(left${i} - ${column})`];
      return {
        at: `((image${i} + ${y}) * dims.outWidth + ${x}) * dims.outChannels + inGroup * outOfGroup + ${channel}`,
        condition: allOf(`u32(${y}) < u32(dims.outHeight)`, `u32(${x}) < u32(dims.outWidth)`),
      };
    },
  );
  const filter = tapFactor(
    { ...taps, side: 'right', reading: { source: 'w', vector: vectorOutput } },
    (i, quad) => `let column${i} = firstColumn + ${quad} * 4 + ${i};`,
    (i, { row, column, channel }) => {
      const tap = `(phaseY + ${row} * dims.strideY) * dims.filterWidth + phaseX + ${column} * dims.strideX`;
      return {
        at: `((${tap}) * inOfGroup + column${i}) * dims.outChannels + inGroup * outOfGroup + ${channel}`,
        condition: `column${i} < columns`,
      };
    },
  );
  return tiledProduct({
    key: keyOf('sharedConvInputGradient', variant),
    outputs: { dx: element(vectorInput) },
    inputs: { dy: element(vectorOutput), w: element(vectorOutput) },
    dims: convDims,
    tile,
    extents: `
  ${phases}
  let tapsY = max(0, (dims.filterHeight - phaseY + dims.strideY - 1) / dims.strideY);
  let tapsX = max(0, (dims.filterWidth - phaseX + dims.strideX - 1) / dims.strideX);
  let rows = dims.batch * countY * countX;
  let columns = inOfGroup;
  let depth = tapsY * tapsX * outOfGroup;`,
    left: gradient,
    right: filter,
    target: (row) =>
      `((part * dims.batch * dims.height + ${row} / countX / countY * dims.height + startY + ${row} / countX % countY * dims.strideY) * dims.width
        + startX + ${row} % countX * dims.strideX) * dims.inChannels + inGroup * inOfGroup`,
    vectorOutput: vectorInput,
  });
}

/**
 * {@link file://./convFilterGradient.ts} with tiles in workgroup memory: rows are `(tap row, tap column, input channel)`,
 * columns output channels, and the inner dimension is the output pixels of all images.
 */
export function sharedFilterGradient(variant: SharedVariant): Program {
  const { tile, vectorInput, vectorOutput } = variant;
  return tiledProduct({
    key: keyOf('sharedConvFilterGradient', variant),
    outputs: { dw: element(vectorOutput) },
    inputs: { x: element(vectorInput), dy: element(vectorOutput) },
    dims: convDims,
    tile,
    extents: `
  let rows = dims.filterHeight * dims.filterWidth * inOfGroup;
  let columns = outOfGroup;
  let depth = dims.batch * dims.outHeight * dims.outWidth;`,
    left: imageColumns({ source: 'x', vector: vectorInput }),
    right: matrixRows({ source: 'dy', vector: vectorOutput }),
    target: (row) => `(part * rows + ${row}) * dims.outChannels + inGroup * outOfGroup`,
    vectorOutput,
  });
}
