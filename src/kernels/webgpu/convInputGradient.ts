import { convDims, lines, phases } from './convShape';
import type { Program } from './program';

/** Variants of the code; shapes are not among them. */
export interface InputGradientVariant {
  /** Input pixels and input channels of one invocation; the channels a multiple of 4. */
  readonly pixels: number;
  readonly channels: number;
  /** Output channels (of dy and the filter) in fours. */
  readonly vectorOutput: boolean;
  /** Input channels in fours: whole vectors are stored. */
  readonly vectorInput: boolean;
  /** Unrolling over output channels where these are not in fours. */
  readonly unroll: number;
}

/** Adds the products of one tap over all output channels. */
function innerLoop({ pixels, channels, vectorOutput, unroll }: InputGradientVariant): string {
  const steps = vectorOutput ? 1 : unroll;
  const parts = Array.from({ length: steps }, (_, u) => u);
  const zero = vectorOutput ? 'vec4f()' : '0.0';
  const product = (i: number, j: number): string =>
    parts.map((u) => (vectorOutput ? `dot(g${i}_0, b${j}_0)` : `g${i}_${u} * b${j}_${u}`)).join(' + ');
  return `
        for (var k = 0; k < depth; k += ${steps}) {
          ${lines(pixels, (i) => parts.map((u) => `let g${i}_${u} = select(${zero}, dy[from${i} + k + ${u}], inside${i});`).join('\n'))}
          ${lines(channels, (j) => parts.map((u) => `let b${j}_${u} = w[filterRow + ${j} * filterStep + k + ${u}];`).join('\n'))}
          ${lines(pixels, (i) => lines(channels, (j) => `c${i}_${j} = c${i}_${j} + ${product(i, j)};`))}
        }`;
}

function store({ pixels, channels, vectorInput }: InputGradientVariant): string {
  const one = (i: number): string => {
    if (vectorInput) {
      return lines(
        channels / 4,
        (v) =>
          `if (column + ${v * 4} < inOfGroup) { dx[(target${i} + column) / 4 + ${v}] = vec4f(${[0, 1, 2, 3].map((q) => `c${i}_${v * 4 + q}`).join(', ')}); }`,
      );
    }
    return lines(channels, (j) => `if (column + ${j} < inOfGroup) { dx[target${i} + column + ${j}] = c${i}_${j}; }`);
  };
  return lines(
    pixels,
    (i) => `if (firstRow + ${i} < rows) {
    let target${i} = ((image${i} * dims.height + startY + y${i} * dims.strideY) * dims.width + startX + x${i} * dims.strideX) * dims.inChannels + inGroup * inOfGroup;
    ${one(i)}
  }`,
  );
}

/**
 * Gradient of a convolution in its input. With stride s the input pixels fall into s times s phases (z of the
 * dispatch); all pixels of a phase see the same taps, so that no tap is visited in vain and none needs a test of
 * divisibility.
 *
 * dy `[batch, out height, out width, out]`, w `[filter height, filter width, in of a group, out]` -> dx `[batch, height, width, in]`
 */
export function convInputGradient(variant: InputGradientVariant): Program {
  const { pixels, channels, vectorInput, vectorOutput, unroll } = variant;
  const element = vectorOutput ? 4 : 1;
  return {
    key: `convInputGradient/${pixels}x${channels}/${vectorOutput ? 'v' : unroll}${vectorInput ? 'v' : 's'}`,
    outputs: { dx: vectorInput ? 'vec4f' : 'f32' },
    inputs: { dy: vectorOutput ? 'vec4f' : 'f32', w: vectorOutput ? 'vec4f' : 'f32' },
    dims: convDims,
    workgroup: [16],
    body: `
  ${phases}
  let inOfGroup = dims.inChannels / dims.groups;
  let outOfGroup = dims.outChannels / dims.groups;
  let tilesOfGroup = (inOfGroup + ${channels - 1}) / ${channels};
  let tiles = tilesOfGroup * dims.groups;
  let rows = dims.batch * countY * countX;
  let firstRow = (index / tiles) * ${pixels};
  if (firstRow >= rows) { return; }
  let tile = index % tiles;
  let inGroup = tile / tilesOfGroup;
  let column = (tile % tilesOfGroup) * ${channels};
  let depth = outOfGroup / ${element};
  let filterStep = dims.outChannels / ${element};
  let groupStart = inGroup * depth;
  ${lines(
    pixels,
    (i) => `
  let pixel${i} = min(firstRow + ${i}, rows - 1);
  let x${i} = pixel${i} % countX;
  let line${i} = pixel${i} / countX;
  let y${i} = line${i} % countY;
  let image${i} = line${i} / countY;
  ${lines(channels, (j) => `var c${i}_${j} = 0.0;`)}`,
  )}
  for (var tapY = phaseY; tapY < dims.filterHeight; tapY += dims.strideY) {
    let shiftY = firstY - tapY / dims.strideY;
    for (var tapX = phaseX; tapX < dims.filterWidth; tapX += dims.strideX) {
      let shiftX = firstX - tapX / dims.strideX;
      let filterRow = ((tapY * dims.filterWidth + tapX) * inOfGroup + column) * filterStep + groupStart;
      ${lines(
        pixels,
        (i) => `
      let inside${i} = u32(y${i} + shiftY) < u32(dims.outHeight) && u32(x${i} + shiftX) < u32(dims.outWidth);
      let from${i} = ((image${i} * dims.outHeight + y${i} + shiftY) * dims.outWidth + x${i} + shiftX) * filterStep + groupStart;`,
      )}
      ${innerLoop(variant)}
    }
  }
  ${store(variant)}`,
  };
}
