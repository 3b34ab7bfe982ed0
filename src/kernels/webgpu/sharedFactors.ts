import { lines } from './convShape';
import type { Factor } from './tiledProduct';

/** Four neighbouring elements as a vector: read as one where channels come in fours, else one by one. */
export interface Reading {
  readonly source: string;
  readonly vector: boolean;
}

/** All conditions at once: `&&` would branch at each of them. */
export const allOf = (...conditions: readonly string[]): string => conditions.map((one) => `(${one})`).join(' & ');

/** Four values of `condition ? source[at] : 0`, for the four neighbours `q`. */
function guarded(source: string, element: (q: number) => { readonly at: string; readonly condition: string }): string {
  const one = (q: number): string => {
    const { at, condition } = element(q);
    return `select(0.0, ${source}[${at}], ${condition})`;
  };
  return `vec4f(${[0, 1, 2, 3].map(one).join(', ')})`;
}

/**
 * Rows of a matrix that lies in memory as it is, four columns at a time: the filter of the forward pass and dy of the
 * filter gradient, `[depth, out channels]`.
 */
export function matrixRows({ source, vector }: Reading): Factor {
  return {
    along: 'edge',
    prepare: ({ quad }) => `let rightColumn = firstColumn + ${quad} * 4;
  let rightStart = inGroup * outOfGroup + rightColumn;`,
    load({ k }) {
      if (vector) {
        const condition = allOf(`${k} < end`, 'rightColumn < columns');
        return { vector: `select(vec4f(), ${source}[(${k} * dims.outChannels + rightStart) / 4], ${condition})` };
      }
      return {
        vector: guarded(source, (q) => ({
          at: `${k} * dims.outChannels + rightStart + ${q}`,
          condition: allOf(`${k} < end`, `rightColumn + ${q} < columns`),
        })),
      };
    },
  };
}

/** How inner indices `(tap row, tap column, channel)` of one side are told apart. */
export interface Taps {
  readonly side: 'left' | 'right';
  readonly reading: Reading;
  /** Channels of a tap, and taps of a row: expressions. */
  readonly channels: string;
  readonly width: string;
}

/**
 * A factor whose inner dimension is `(tap row, tap column, channel)`, four channels at a time. With channels in fours a
 * counter moves along; else each of the four indices is divided for itself.
 *
 * @param prepare declares what `element` needs of edge `edge`, whose index is in `name`.
 * @param element where the value lies and whether it exists, given names of the tap's row and column and the channel.
 */
export function tapFactor(
  { side, reading, channels, width }: Taps,
  prepare: (edge: number, quad: string) => string,
  element: (edge: number, tap: { row: string; column: string; channel: string }) => { at: string; condition: string },
): Factor {
  const { source, vector } = reading;
  const [row, column, channel] = [`${side}TapRow`, `${side}TapColumn`, `${side}Channel`];
  const split = (k: string): string => `
    ${channel} = ${k} % ${channels};
    ${column} = ${k} / ${channels} % ${width};
    ${row} = ${k} / ${channels} / ${width};`;
  const declared = `var ${row} = 0;\nvar ${column} = 0;\nvar ${channel} = 0;`;
  const edges = (quad: string): string => lines(4, (edge) => prepare(edge, quad));
  if (vector) {
    return {
      along: 'depth',
      prepare: ({ quad, k, step }) => `${edges(quad)}\n${declared}${split(k)}\nlet ${side}Step = ${step};`,
      load({ k, edge }) {
        const { at, condition } = element(edge, { row, column, channel });
        return { vector: `select(vec4f(), ${source}[(${at}) / 4], ${allOf(`${k} < end`, condition)})` };
      },
      advance: `
      ${channel} += ${side}Step;
      while (${channel} >= ${channels}) {
        ${channel} -= ${channels};
        ${column}++;
        if (${column} == ${width}) {
          ${column} = 0;
          ${row}++;
        }
      }`,
    };
  }
  const of = (q: number) => ({ row: `tapRow${q}`, column: `tapColumn${q}`, channel: `channel${q}` });
  const divided = (k: string): string =>
    lines(
      4,
      (q) => `let channel${q} = (${k} + ${q}) % ${channels};
      let tapColumn${q} = (${k} + ${q}) / ${channels} % ${width};
      let tapRow${q} = (${k} + ${q}) / ${channels} / ${width};`,
    );
  return {
    along: 'depth',
    prepare: ({ quad }) => edges(quad),
    load({ k, edge }) {
      const four = guarded(source, (q) => {
        const { at, condition } = element(edge, of(q));
        return { at, condition: allOf(`${k} + ${q} < end`, condition) };
      });
      return { ...(edge === 0 && { statements: divided(k) }), vector: four };
    },
  };
}

/**
 * The input of the filter gradient: rows are `(tap row, tap column, channel)`, four at a time, and the inner dimension
 * the output pixels of all images, among which a counter moves along.
 */
export function imageColumns({ source, vector }: Reading): Factor {
  const perQuad = vector ? 1 : 4;
  return {
    along: 'edge',
    prepare: ({ quad, k, step }) => `
  ${lines(
    perQuad,
    (q) => `
  let edge${q} = firstRow + ${quad} * 4 + ${q};
  let shiftX${q} = edge${q} / inOfGroup % dims.filterWidth - dims.padLeft;
  let shiftY${q} = edge${q} / inOfGroup / dims.filterWidth - dims.padTop;
  let channel${q} = inGroup * inOfGroup + edge${q} % inOfGroup;`,
  )}
  var pixelX = ${k} % dims.outWidth;
  var pixelY = ${k} / dims.outWidth % dims.outHeight;
  var image = ${k} / dims.outWidth / dims.outHeight;
  let pixelStep = ${step};`,
    load({ k }) {
      const element = (q: number): { at: string; condition: string } => {
        const [y, x] = [`(pixelY * dims.strideY + shiftY${q})`, `(pixelX * dims.strideX + shiftX${q})`];
        return {
          at: `((image * dims.height + ${y}) * dims.width + ${x}) * dims.inChannels + channel${q}`,
          condition: allOf(`${k} < end`, `u32(${y}) < u32(dims.height)`, `u32(${x}) < u32(dims.width)`),
        };
      };
      if (!vector) return { vector: guarded(source, element) };
      const { at, condition } = element(0);
      return { vector: `select(vec4f(), ${source}[(${at}) / 4], ${condition})` };
    },
    advance: `
        pixelX += pixelStep;
        while (pixelX >= dims.outWidth) {
          pixelX -= dims.outWidth;
          pixelY++;
          if (pixelY == dims.outHeight) {
            pixelY = 0;
            image++;
          }
        }`,
  };
}
