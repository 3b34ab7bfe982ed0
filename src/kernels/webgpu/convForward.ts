import { convDims, lines } from './convShape';
import type { Program } from './program';

/** Variants of the code; shapes are not among them. */
export interface ForwardVariant {
  /** Output pixels and output channels of one invocation; the channels a multiple of 4. */
  readonly pixels: number;
  readonly channels: number;
  /** Input channels in fours. */
  readonly vectorInput: boolean;
  /** Output channels in fours. */
  readonly vectorOutput: boolean;
  /** Unrolling over input channels where these are not in fours. */
  readonly unroll: number;
}

/** Four neighbouring filter values of one input channel, from `row` of the filter matrix `[taps * in, out]`. */
function filterLoad({ vectorOutput }: ForwardVariant, row: string, vector: number): string {
  if (vectorOutput) return `w[(${row}) * (dims.outChannels / 4) + filterColumn + ${vector}]`;
  const at = `(${row}) * dims.outChannels + filterColumn + ${vector * 4}`;
  return `vec4f(w[${at}], w[${at} + 1], w[${at} + 2], w[${at} + 3])`;
}

function innerLoop(variant: ForwardVariant): string {
  const { pixels, channels, vectorInput, unroll } = variant;
  const vectors = channels / 4;
  const steps = vectorInput ? 4 : unroll;
  const parts = vectorInput ? ['.x', '.y', '.z', '.w'] : Array.from({ length: unroll }, (_, u) => `_${u}`);
  const input = (i: number): string =>
    vectorInput
      ? `let a${i} = select(vec4f(), x[base${i} + k], u32(left${i} + shift + k) < limit${i});`
      : lines(
          unroll,
          (u) => `let a${i}_${u} = select(0.0, x[base${i} + k + ${u}], u32(left${i} + shift + k + ${u}) < limit${i});`,
        );
  const filter = (q: number): string =>
    lines(vectors, (j) => `let b${q}_${j} = ${filterLoad(variant, `row + ${vectorInput ? '4 * k' : 'k'} + ${q}`, j)};`);
  const sum = (i: number, j: number): string => parts.map((part, q) => `a${i}${part} * b${q}_${j}`).join(' + ');
  return `
      for (var k = 0; k < runLength; k += ${vectorInput ? 1 : unroll}) {
        ${lines(pixels, input)}
        ${lines(steps, filter)}
        ${lines(pixels, (i) => lines(vectors, (j) => `c${i}_${j} = c${i}_${j} + ${sum(i, j)};`))}
      }`;
}

function store({ pixels, channels, vectorOutput }: ForwardVariant): string {
  const one = (i: number, j: number): string => {
    const channel = `column + ${j * 4}`;
    if (vectorOutput) {
      return `if (${channel} < outOfGroup) { y[(firstRow + ${i}) * (dims.outChannels / 4) + filterColumn + ${j}] = c${i}_${j}; }`;
    }
    return lines(
      4,
      (q) =>
        `if (${channel} + ${q} < outOfGroup) { y[(firstRow + ${i}) * dims.outChannels + filterColumn + ${j * 4 + q}] = c${i}_${j}[${q}]; }`,
    );
  };
  return lines(pixels, (i) => `if (firstRow + ${i} < rows) {\n${lines(channels / 4, (j) => one(i, j))}\n}`);
}

/**
 * Convolution as a matrix product that is never laid out: rows are output pixels of all images, columns output
 * channels, and the inner dimension runs over a filter row's taps and input channels, which lie side by side in both
 * the image and the filter, so that one comparison tells padding from image. All values live in registers.
 *
 * x `[batch, height, width, in]`, w `[filter height, filter width, in of a group, out]` -> y `[batch, out height, out width, out]`
 */
export function convForward(variant: ForwardVariant): Program {
  const { pixels, channels, vectorInput, vectorOutput, unroll } = variant;
  const element = vectorInput ? 4 : 1;
  return {
    key: `conv/${pixels}x${channels}/${vectorInput ? 'v' : unroll}${vectorOutput ? 'v' : 's'}`,
    outputs: { y: vectorOutput ? 'vec4f' : 'f32' },
    inputs: { x: vectorInput ? 'vec4f' : 'f32', w: vectorOutput ? 'vec4f' : 'f32' },
    dims: convDims,
    workgroup: [16],
    body: `
  let inOfGroup = dims.inChannels / dims.groups;
  let outOfGroup = dims.outChannels / dims.groups;
  let tilesOfGroup = (outOfGroup + ${channels - 1}) / ${channels};
  let tiles = tilesOfGroup * dims.groups;
  let rows = dims.batch * dims.outHeight * dims.outWidth;
  let firstRow = (index / tiles) * ${pixels};
  if (firstRow >= rows) { return; }
  let tile = index % tiles;
  let inGroup = tile / tilesOfGroup;
  let column = (tile % tilesOfGroup) * ${channels};
  let filterColumn = (inGroup * outOfGroup + column) / ${vectorOutput ? 4 : 1};
  let pixelStep = dims.inChannels / ${element};
  let lineLength = dims.width * pixelStep;
  // Without groups and dilation all taps of a filter row are one run of neighbours.
  let joined = dims.groups == 1 && dims.dilationX == 1;
  let runs = select(dims.filterWidth, 1, joined);
  let runLength = select(inOfGroup, dims.filterWidth * dims.inChannels, joined) / ${element};
  ${lines(
    pixels,
    (i) => `
  let pixel${i} = min(firstRow + ${i}, rows - 1);
  let line${i} = pixel${i} / dims.outWidth;
  let left${i} = ((pixel${i} % dims.outWidth) * dims.strideX - dims.padLeft) * pixelStep + inGroup * (inOfGroup / ${element});
  let top${i} = (line${i} % dims.outHeight) * dims.strideY - dims.padTop;
  let image${i} = (line${i} / dims.outHeight) * dims.height;
  ${lines(channels / 4, (j) => `var c${i}_${j} = vec4f();`)}`,
  )}
  for (var tap = 0; tap < dims.filterHeight; tap++) {
    ${lines(pixels, (i) => `let limit${i} = select(0u, u32(lineLength), u32(top${i} + tap * dims.dilationY) < u32(dims.height));`)}
    for (var run = 0; run < runs; run++) {
      let shift = run * dims.dilationX * pixelStep;
      let row = (tap * runs + run) * runLength * ${element};
      ${lines(pixels, (i) => `let base${i} = (image${i} + top${i} + tap * dims.dilationY) * lineLength + left${i} + shift;`)}
      ${innerLoop(variant)}
    }
  }
  ${store(variant)}`,
  };
}
