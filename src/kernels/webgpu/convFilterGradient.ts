import { convDims, lines } from './convShape';
import type { Program } from './program';

/** Variants of the code; shapes are not among them. */
export interface FilterGradientVariant {
  /** Input channels (with their tap) and output channels of one invocation, multiples of 4. */
  readonly inputs: number;
  readonly outputs: number;
  /** All `inputs` of an invocation belong to one tap, and are read in fours. */
  readonly vectorInput: boolean;
  /** Output channels in fours. */
  readonly vectorOutput: boolean;
  /** Output pixels a turn of the inner loop. */
  readonly unroll: number;
}

/** The products of one output pixel, `ow + u` of the current line. */
function pixel({ inputs, outputs, vectorInput, vectorOutput }: FilterGradientVariant, u: number): string {
  const inside = u === 0 ? null : `ow + ${u} < end`;
  const guard = (zero: string, value: string): string => (inside ? `select(${zero}, ${value}, ${inside})` : value);
  const dy = (j: number): string => {
    if (vectorOutput) return `dy[dyLine + (ow + ${u}) * (dims.outChannels / 4) + ${j}]`;
    const at = `dyLine + (ow + ${u}) * dims.outChannels + ${j * 4}`;
    return `vec4f(dy[${at}], dy[${at} + 1], dy[${at} + 2], dy[${at} + 3])`;
  };
  const input = vectorInput
    ? lines(inputs / 4, (v) => `let x${u}_${v} = ${guard('vec4f()', `x[xLine + (ow + ${u}) * pixelStep + ${v}]`)};`)
    : lines(
        inputs,
        (i) =>
          `let x${u}_${i} = select(0.0, x[xLine + (ow + ${u}) * pixelStep + offset${i}], u32((ow + ${u}) * dims.strideX + tap${i}) < u32(dims.width)${inside ? ` && ${inside}` : ''});`,
      );
  return `${input}\n${lines(outputs / 4, (j) => `let g${u}_${j} = ${dy(j)};`)}`;
}

function sums({ inputs, outputs, vectorInput, unroll }: FilterGradientVariant): string {
  const x = (u: number, i: number): string =>
    vectorInput ? `x${u}_${Math.floor(i / 4)}.${'xyzw'[i % 4] ?? ''}` : `x${u}_${i}`;
  return lines(inputs, (i) =>
    lines(outputs / 4, (j) => {
      const products = Array.from({ length: unroll }, (_, u) => `${x(u, i)} * g${u}_${j}`);
      return `c${i}_${j} = c${i}_${j} + ${products.join(' + ')};`;
    }),
  );
}

/** Where each input of the invocation lies relative to the pixel, for tiles that spread over several taps. */
const scatteredInputs = (inputs: number): string =>
  lines(
    inputs,
    (i) => `
  let q${i} = min(first + ${i}, taps - 1);
  let tap${i} = q${i} / inOfGroup - dims.padLeft;
  let offset${i} = tap${i} * dims.inChannels + inGroup * inOfGroup + q${i} % inOfGroup;`,
  );

function store({ inputs, outputs, vectorOutput }: FilterGradientVariant): string {
  const one = (i: number, j: number): string => {
    if (vectorOutput) {
      return `if (column + ${j * 4} < outOfGroup) { dw[(target${i} + column) / 4 + ${j}] = c${i}_${j}; }`;
    }
    return lines(
      4,
      (q) => `if (column + ${j * 4 + q} < outOfGroup) { dw[target${i} + column + ${j * 4 + q}] = c${i}_${j}[${q}]; }`,
    );
  };
  return lines(
    inputs,
    (i) => `if (first + ${i} < taps) {
    let target${i} = ((part * dims.filterHeight + tapY) * taps + first + ${i}) * dims.outChannels + inGroup * outOfGroup;
    ${lines(outputs / 4, (j) => one(i, j))}
  }`,
  );
}

/**
 * Gradient of a convolution in its filter: a matrix product whose inner dimension is the output pixels of all images.
 * They are split into `parts`, each summed by invocations of its own; {@link sumParts} adds them up.
 *
 * x `[batch, height, width, in]`, dy `[batch, out height, out width, out]` -> dw `[parts, filter height, filter width, in of a group, out]`
 */
export function convFilterGradient(variant: FilterGradientVariant): Program {
  const { inputs, outputs, vectorInput, vectorOutput, unroll } = variant;
  return {
    key: `convFilterGradient/${inputs}x${outputs}u${unroll}/${vectorInput ? 'v' : 's'}${vectorOutput ? 'v' : 's'}`,
    outputs: { dw: vectorOutput ? 'vec4f' : 'f32' },
    inputs: { x: vectorInput ? 'vec4f' : 'f32', dy: vectorOutput ? 'vec4f' : 'f32' },
    dims: [...convDims, 'parts'],
    workgroup: [16],
    body: `
  let inOfGroup = dims.inChannels / dims.groups;
  let outOfGroup = dims.outChannels / dims.groups;
  let taps = dims.filterWidth * inOfGroup;
  let columns = (outOfGroup + ${outputs - 1}) / ${outputs};
  let tileRows = (taps + ${inputs - 1}) / ${inputs};
  var rest = index;
  let column = (rest % columns) * ${outputs};
  rest /= columns;
  let first = (rest % tileRows) * ${inputs};
  rest /= tileRows;
  let tapY = rest % dims.filterHeight;
  rest /= dims.filterHeight;
  let inGroup = rest % dims.groups;
  let part = rest / dims.groups;
  if (part >= dims.parts) { return; }
  let pixelStep = dims.strideX * dims.inChannels / ${vectorInput ? 4 : 1};
  ${
    vectorInput
      ? `
  let tapX = first / inOfGroup - dims.padLeft;
  let xStart = (tapX * dims.inChannels + inGroup * inOfGroup + first % inOfGroup) / 4;
  let begin = max(0, (dims.strideX - 1 - tapX) / dims.strideX);
  let reach = dims.width - 1 - tapX;
  let end = select(min(dims.outWidth, reach / dims.strideX + 1), 0, reach < 0);`
      : `
  let xStart = 0;
  let begin = 0;
  let end = dims.outWidth;
  ${scatteredInputs(inputs)}`
  }
  ${lines(inputs, (i) => lines(outputs / 4, (j) => `var c${i}_${j} = vec4f();`))}
  let allLines = dims.batch * dims.outHeight;
  for (var line = part; line < allLines; line += dims.parts) {
    let y = (line % dims.outHeight) * dims.strideY - dims.padTop + tapY;
    if (y < 0 || y >= dims.height) { continue; }
    let xLine = ((line / dims.outHeight) * dims.height + y) * dims.width * (dims.inChannels / ${vectorInput ? 4 : 1}) + xStart;
    let dyLine = (line * dims.outWidth * dims.outChannels + inGroup * outOfGroup + column) / ${vectorOutput ? 4 : 1};
    for (var ow = begin; ow < end; ow += ${unroll}) {
      ${lines(unroll, (u) => pixel(variant, u))}
      ${sums(variant)}
    }
  }
  ${store(variant)}`,
  };
}

/** Adds up the parts of a result: parts `[parts, size]` -> total `[size]`. */
export const sumParts: Program = {
  key: 'sumParts',
  outputs: { total: 'f32' },
  inputs: { partial: 'f32' },
  dims: ['size', 'parts'],
  workgroup: [64],
  body: `
  if (index >= dims.size) { return; }
  var even = 0.0;
  var odd = 0.0;
  for (var part = 0; part + 1 < dims.parts; part += 2) {
    even += partial[part * dims.size + index];
    odd += partial[(part + 1) * dims.size + index];
  }
  if (dims.parts % 2 == 1) { even += partial[(dims.parts - 1) * dims.size + index]; }
  total[index] = even + odd;`,
};
