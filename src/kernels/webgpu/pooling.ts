import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { poolInfo } from '../poolGradients';
import { allocate, gpuBackend } from './backend';
import type { Program } from './program';
import { dispatch } from './runner';

const threads = 64;

type Element = 'f32' | 'vec4f';

/** `top` and `left` are the padding. `channels` and `size` count vectors of four where the elements are such. */
const dims = [
  ...['size', 'channels', 'height', 'width', 'outHeight', 'outWidth'],
  ...['filterHeight', 'filterWidth', 'strideHeight', 'strideWidth', 'top', 'left'],
];

/** A program for any channels, and one for four at a time. */
interface Variants {
  readonly scalar: Program;
  readonly vector: Program;
}

function variants(make: (element: Element) => Program): Variants {
  return { scalar: make('f32'), vector: make('vec4f') };
}

/** The place of an element: `index` in an image of `rows` x `columns`. */
const place = (rows: string, columns: string): string => `
  if (index >= dims.size) { return; }
  let pixel = index / dims.channels;
  let channel = index - pixel * dims.channels;
  let line = pixel / ${columns};
  let column = pixel - line * ${columns};
  let image = line / ${rows};
  let row = line - image * ${rows};`;

/** The part of a window that lies inside the input: rows `[y0, y1)`, columns `[x0, x1)`. */
const windowOf = (row: string, column: string): string => `
  let y = ${row} * dims.strideHeight - dims.top;
  let x = ${column} * dims.strideWidth - dims.left;
  let y0 = max(y, 0);
  let x0 = max(x, 0);
  let y1 = min(y + dims.filterHeight, dims.height);
  let x1 = min(x + dims.filterWidth, dims.width);`;

/** A thread takes one output: `start`, then `take` with `value` for every input of the window, then `finish`. */
function forwardProgram(
  name: string,
  element: Element,
  { start, take, finish }: Record<'start' | 'take' | 'finish', string>,
): Program {
  return {
    key: `${name} ${element}`,
    outputs: { output: element },
    inputs: { input: element },
    dims,
    workgroup: [threads],
    body: `${place('dims.outHeight', 'dims.outWidth')}${windowOf('row', 'column')}
  ${start}
  for (var inY = y0; inY < y1; inY++) {
    let first = ((image * dims.height + inY) * dims.width) * dims.channels + channel;
    for (var inX = x0; inX < x1; inX++) {
      let value = input[first + inX * dims.channels];
      ${take}
    }
  }
  ${finish}`,
  };
}

/** The lowest float stands for minus infinity, which WGSL cannot write. */
const lowest = '-3.4028234663852886e38';

const maxPool = variants((element) =>
  forwardProgram('maxPool', element, {
    start: `var largest = ${element}(${lowest});`,
    take: 'largest = max(largest, value);',
    finish: 'output[index] = largest;',
  }),
);

const avgPool = variants((element) =>
  forwardProgram('avgPool', element, {
    start: `var sum = ${element}();`,
    take: 'sum += value;',
    finish: 'output[index] = sum / f32((y1 - y0) * (x1 - x0));',
  }),
);

/** A thread takes one input and adds up `share` of every window that it lies in. */
function gradientProgram(name: string, element: Element, inputs: readonly string[], share: string): Program {
  return {
    key: `${name} ${element}`,
    outputs: { dx: element },
    inputs: Object.fromEntries(['dy', ...inputs].map((input) => [input, element])),
    dims,
    workgroup: [threads],
    body: `${place('dims.height', 'dims.width')}
  let lastRow = min((row + dims.top) / dims.strideHeight, dims.outHeight - 1);
  let lastColumn = min((column + dims.left) / dims.strideWidth, dims.outWidth - 1);
  let firstRow = max((row + dims.top - dims.filterHeight + dims.strideHeight) / dims.strideHeight, 0);
  let firstColumn = max((column + dims.left - dims.filterWidth + dims.strideWidth) / dims.strideWidth, 0);
  var sum = ${element}();
  for (var outRow = firstRow; outRow <= lastRow; outRow++) {
    for (var outColumn = firstColumn; outColumn <= lastColumn; outColumn++) {
      let at = ((image * dims.outHeight + outRow) * dims.outWidth + outColumn) * dims.channels + channel;
      ${windowOf('outRow', 'outColumn')}${share}
    }
  }
  dx[index] = sum;`,
  };
}

const avgPoolGradient = variants((element) =>
  gradientProgram('avgPoolGrad', element, [], 'sum += dy[at] / f32((y1 - y0) * (x1 - x0));'),
);

/** Whether an input is the first maximum of its window: looked up only where it is a maximum at all. */
const maxPoolGradient = variants((element) =>
  gradientProgram(
    'maxPoolGrad',
    element,
    ['input', 'output'],
    `
      let value = input[index];
      var isFirst = output[at] == value;
      let searchEnd = select(y0, row + 1, any(isFirst));
      for (var inY = y0; inY < searchEnd && any(isFirst); inY++) {
        let first = ((image * dims.height + inY) * dims.width) * dims.channels + channel;
        let end = select(x1, column, inY == row);
        for (var inX = x0; inX < end && any(isFirst); inX++) {
          isFirst = isFirst & (input[first + inX * dims.channels] != value);
        }
      }
      sum += select(${element}(), dy[at], isFirst);`,
  ),
);

type Side = 'input' | 'output';

/** A kernel that writes the side named `result` from tensors of these names. */
function poolKernel(programs: Variants, result: Side, names: readonly string[]): KernelFunc {
  return ({ inputs, attrs, backend: used }) => {
    const tensors = inputs as unknown as Record<string, TensorInfo>;
    const backend = gpuBackend(used);
    const info = poolInfo((tensors['input'] ?? tensors['x'])?.shape ?? [], attrs);
    const shape = result === 'input' ? info.inShape : info.outShape;
    const lanes = info.inChannels % 4 === 0 ? 4 : 1;
    const size = shape.reduce((a, b) => a * b, 1) / lanes;
    const channels = info.inChannels / lanes;
    const output = allocate(backend, shape);
    const { inHeight: height, inWidth: width, outHeight, outWidth, filterHeight, filterWidth } = info;
    const { strideHeight, strideWidth, padInfo } = info;
    dispatch(backend, lanes === 4 ? programs.vector : programs.scalar, {
      outputs: [output],
      inputs: names.map((name) => tensors[name] as TensorInfo),
      dims: {
        ...{ size, channels, height, width, outHeight, outWidth, filterHeight, filterWidth },
        ...{ strideHeight, strideWidth, top: padInfo.top, left: padInfo.left },
      },
      groups: Math.max(1, Math.ceil(size / threads)),
    });
    return output;
  };
}

/** Of several equal maxima the first gets the gradient, as on the other backends. Averages leave the padding out. */
export const poolingKernels: Readonly<Record<string, KernelFunc>> = {
  MaxPool: poolKernel(maxPool, 'output', ['x']),
  AvgPool: poolKernel(avgPool, 'output', ['x']),
  MaxPoolGrad: poolKernel(maxPoolGradient, 'input', ['dy', 'input', 'output']),
  AvgPoolGrad: poolKernel(avgPoolGradient, 'input', ['dy']),
};
