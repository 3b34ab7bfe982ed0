import type { Program } from './program';

export const threads = 64;

/**
 * Numbers of every depthwise program. `channels` and `outChannels` count vectors of four in the vec4 variants; `top` and
 * `left` are the padding.
 */
const dims = [
  ...['batch', 'height', 'width', 'channels', 'outHeight', 'outWidth', 'outChannels', 'multiplier'],
  ...['filterHeight', 'filterWidth', 'strideHeight', 'strideWidth', 'dilationHeight', 'dilationWidth', 'top', 'left'],
  ...['size', 'blocks', 'strips'],
];

/** A program for any channels, and one for four at a time. */
export interface Variants {
  readonly scalar: Program;
  readonly vector: Program;
}

function variants(make: (element: 'f32' | 'vec4f') => Program): Variants {
  return { scalar: make('f32'), vector: make('vec4f') };
}

/** So many pixels of a row are computed by one thread, and share the filter's elements. */
export const pixels = 4;

/** The statement once for each pixel of a thread, with its number in the place of `@`. */
const eachPixel = (statement: string): string =>
  Array.from({ length: pixels }, (_, at) => statement.replaceAll('@', String(at))).join('\n');

/** Coordinates of a thread: `channel` of `block` of `row` of `image`. */
const place = (channels: string, rows: string): string => `
  if (index >= dims.size) { return; }
  let rest = index / ${channels};
  let channel = index - rest * ${channels};
  let line = rest / dims.blocks;
  let block = rest - line * dims.blocks;
  let image = line / ${rows};
  let row = line - image * ${rows};`;

/** A block is {@link pixels} outputs side by side. */
export const forward = variants((element) => ({
  key: `depthwise ${element}`,
  outputs: { y: element },
  inputs: { x: element, filter_: element },
  dims,
  workgroup: [threads],
  body: `${place('dims.outChannels', 'dims.outHeight')}
  let inChannel = channel / dims.multiplier;
  let column = block * ${pixels};
  let above = dims.top - row * dims.strideHeight;
  let below = dims.height - 1 + above;
  let firstTap = select(0, (above + dims.dilationHeight - 1) / dims.dilationHeight, above > 0);
  let endTap = select(0, min(dims.filterHeight, below / dims.dilationHeight + 1), below >= 0);
${eachPixel(`  var sum@ = ${element}();`)}
  for (var tapY = firstTap; tapY < endTap; tapY++) {
    let line = (image * dims.height + tapY * dims.dilationHeight - above) * dims.width;
    for (var tapX = 0; tapX < dims.filterWidth; tapX++) {
      let weight = filter_[(tapY * dims.filterWidth + tapX) * dims.outChannels + channel];
      let first = column * dims.strideWidth - dims.left + tapX * dims.dilationWidth;
${eachPixel(`
      let x@ = first + @ * dims.strideWidth;
      sum@ += weight * select(${element}(), x[(line + x@) * dims.channels + inChannel], u32(x@) < u32(dims.width));`)}
    }
  }
  let first = ((image * dims.outHeight + row) * dims.outWidth + column) * dims.outChannels + channel;
${eachPixel(`  if (column + @ < dims.outWidth) { y[first + @ * dims.outChannels] = sum@; }`)}`,
}));

/**
 * A block is {@link pixels} inputs of a row one stride apart: the same taps of the filter reach them, and these are one
 * stride apart as well.
 */
export const inputGradient = variants((element) => ({
  key: `depthwise input gradient ${element}`,
  outputs: { dx: element },
  inputs: { dy: element, filter_: element },
  dims,
  workgroup: [threads],
  body: `${place('dims.channels', 'dims.height')}
  let phase = block % dims.strideWidth;
  let column = phase + block / dims.strideWidth * ${pixels} * dims.strideWidth;
  let down = row + dims.top;
  let right = column + dims.left;
  let firstTap = max(down % dims.strideHeight, down - (dims.outHeight - 1) * dims.strideHeight);
  let endTap = min(dims.filterHeight, down + 1);
${eachPixel(`  var sum@ = ${element}();`)}
  for (var tapY = firstTap; tapY < endTap; tapY += dims.strideHeight) {
    let line = (image * dims.outHeight + (down - tapY) / dims.strideHeight) * dims.outWidth;
    for (var tapX = right % dims.strideWidth; tapX < dims.filterWidth; tapX += dims.strideWidth) {
      let first = (right - tapX) / dims.strideWidth;
      for (var m = 0; m < dims.multiplier; m++) {
        let out = channel * dims.multiplier + m;
        let weight = filter_[(tapY * dims.filterWidth + tapX) * dims.outChannels + out];
${eachPixel(`
        let dy@ = dy[(line + first + @) * dims.outChannels + out];
        sum@ += weight * select(${element}(), dy@, u32(first + @) < u32(dims.outWidth));`)}
      }
    }
  }
  let first = ((image * dims.height + row) * dims.width + column) * dims.channels + channel;
${eachPixel(`
  if (column + @ * dims.strideWidth < dims.width) { dx[first + @ * dims.strideWidth * dims.channels] = sum@; }`)}`,
}));

/** So many taps of a row of the filter are summed up by one thread. */
export const taps = 3;

const eachTap = (statement: string): string =>
  Array.from({ length: taps }, (_, at) => statement.replaceAll('@', String(at))).join('\n');

/**
 * Partial sums of the filter's gradient, `[strips, filter]`: a thread adds up {@link taps} taps of one channel over every
 * `strips`-th row of dy, each row for itself first.
 *
 * @param slides for horizontal strides of 1: what one tap sees is what the tap before it sees one pixel later.
 */
function filterGradientProgram(element: 'f32' | 'vec4f', slides: boolean): Program {
  const load = (at: string): string =>
    `select(${element}(), x[(line + ${at}) * dims.channels + inChannel], u32(${at}) < u32(dims.width))`;
  const start = Array.from({ length: taps - 1 }, (_, at) => `      var x${at} = ${load(`first + ${at}`)};`).join('\n');
  const moved = Array.from({ length: taps - 1 }, (_, at) => `        x${at} = x${at + 1};`).join('\n');
  const strided = `let at = first + column * dims.strideWidth;\n${eachTap(`        let x@ = ${load('at + @')};`)}`;
  return {
    key: `depthwise filter gradient ${element}${slides ? ' slides' : ''}`,
    outputs: { partials: element },
    inputs: { x: element, dy: element },
    dims,
    workgroup: [threads],
    body: `
  if (index >= dims.size) { return; }
  let rest = index / dims.outChannels;
  let channel = index - rest * dims.outChannels;
  let line0 = rest / dims.blocks;
  let tapX = (rest - line0 * dims.blocks) * ${taps};
  let strip = line0 / dims.filterHeight;
  let tapY = line0 - strip * dims.filterHeight;
  let inChannel = channel / dims.multiplier;
  let first = tapX - dims.left;
${eachTap(`  var sum@ = ${element}();`)}
  for (var outLine = strip; outLine < dims.batch * dims.outHeight; outLine += dims.strips) {
    let image = outLine / dims.outHeight;
    let y = (outLine - image * dims.outHeight) * dims.strideHeight - dims.top + tapY;
    let line = (image * dims.height + y) * dims.width;
    let columns = select(0, dims.outWidth, u32(y) < u32(dims.height));
    var dyAt = outLine * dims.outWidth * dims.outChannels + channel;
${eachTap(`    var row@ = ${element}();`)}
${slides ? start : ''}
    for (var column = 0; column < columns; column++) {
      ${slides ? `let x${taps - 1} = ${load(`first + column + ${taps - 1}`)};` : strided}
      let d = dy[dyAt];
${eachTap('      row@ += d * x@;')}
${slides ? moved : ''}
      dyAt += dims.outChannels;
    }
${eachTap('    sum@ += row@;')}
  }
  let target_ = ((strip * dims.filterHeight + tapY) * dims.filterWidth + tapX) * dims.outChannels + channel;
${eachTap('  if (tapX + @ < dims.filterWidth) { partials[target_ + @ * dims.outChannels] = sum@; }')}`,
  };
}

export const filterGradient = {
  strided: variants((element) => filterGradientProgram(element, false)),
  slides: variants((element) => filterGradientProgram(element, true)),
};

/** Adds up the partial sums of all strips. */
export const stripSums: Program = {
  key: 'depthwise strip sums',
  outputs: { total: 'f32' },
  inputs: { partials: 'f32' },
  dims: ['size', 'strips'],
  workgroup: [threads],
  body: `
  if (index >= dims.size) { return; }
  var sum = 0.0;
  for (var at = index; at < dims.size * dims.strips; at += dims.size) { sum += partials[at]; }
  total[index] = sum;`,
};
