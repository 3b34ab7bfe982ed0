import { lines } from './convShape';
import type { Program } from './program';

/** What a workgroup computes at a time, and how much of the inner dimension it holds in workgroup memory. */
export interface Tile {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Rows and columns of one invocation: multiples of 4. */
  readonly ownRows: number;
  readonly ownColumns: number;
}

/** Invocations of a workgroup, whatever its tile. */
const tileInvocations = 64;

const tiles = {
  /** The most products for each value that is read. */
  large: { name: '64x64', rows: 64, columns: 64, depth: 16, ownRows: 8, ownColumns: 8 },
  /** For small results: four times as many workgroups. */
  medium: { name: '32x32', rows: 32, columns: 32, depth: 32, ownRows: 4, ownColumns: 4 },
  /** For few columns. */
  narrow: { name: '64x16', rows: 64, columns: 16, depth: 16, ownRows: 4, ownColumns: 4 },
} as const satisfies Readonly<Record<string, Tile>>;

/**
 * How one factor gets from its tensor to workgroup memory, where four neighbours along its edge (rows of the left,
 * columns of the right factor) make a vector. Each invocation loads vectors of one `quad` of the edge.
 */
export interface Factor {
  /**
   * Along which dimension four neighbours lie side by side in the tensor. Along `depth`, an invocation loads four edges
   * times four and turns them in registers.
   */
  readonly along: 'edge' | 'depth';
  /** Declarations before the loop, that `load` and `advance` use. `k` is where the invocation starts. */
  prepare(place: { readonly quad: string; readonly k: string; readonly step: number }): string;
  /**
   * Expression (after statements of its own) of a vector at inner index `k`: of the quad, or, along depth, of its edge
   * number `edge`.
   */
  load(at: { readonly k: string; readonly edge: number }): { readonly statements?: string; readonly vector: string };
  /** Moves the state of `prepare` on after a load (along the edge) or a slab (along depth). */
  readonly advance?: string;
}

/** A matrix product whose factors are never laid out in memory. */
export interface TiledProduct extends Pick<Program, 'key' | 'outputs' | 'inputs' | 'dims'> {
  readonly tile: Tile;
  /** Declares `rows`, `columns` and `depth` of the product of one channel group, the same for a whole workgroup. */
  readonly extents: string;
  readonly left: Factor;
  readonly right: Factor;
  /** Where row `row` of part `part` and group `inGroup` begins in the output. */
  readonly target: (row: string) => string;
  /** The output is of vectors; its rows begin at multiples of 4. */
  readonly vectorOutput: boolean;
}

const components = ['x', 'y', 'z', 'w'];

/** Declarations of a factor's place, and the text that stages one slab of it. */
function staging(
  factor: Factor,
  side: 'left' | 'right',
  edges: number,
  depth: number,
): { setup: string; text: string } {
  const quads = edges / 4;
  const place = `let ${side}Quad = local % ${quads};\nlet ${side}Row = local / ${quads};`;
  if (factor.along === 'edge') {
    const step = tileInvocations / quads;
    const one = (turn: number): string => {
      const { statements = '', vector } = factor.load({ k: `(slab + ${side}Row + ${turn * step})`, edge: 0 });
      return `{
        ${statements}
        ${side}Tile[${side}Row + ${turn * step}][${side}Quad] = ${vector};
        ${factor.advance ?? ''}
      }`;
    };
    return {
      setup: `${place}\n${factor.prepare({ quad: `${side}Quad`, k: `(begin + ${side}Row)`, step })}`,
      text: lines(depth / step, one),
    };
  }
  const isPartial = quads * (depth / 4) < tileInvocations;
  const loads = Array.from({ length: 4 }, (_, edge) => factor.load({ k: `(slab + ${side}Row * 4)`, edge }));
  return {
    setup: `${place}\n${factor.prepare({ quad: `${side}Quad`, k: `(begin + ${side}Row * 4)`, step: depth })}`,
    text: `${isPartial ? `if (${side}Row < ${depth / 4})` : ''} {
      ${loads.map(({ statements = '', vector }, edge) => `${statements}\nlet v${edge} = ${vector};`).join('\n')}
      ${lines(4, (q) => `${side}Tile[${side}Row * 4 + ${q}][${side}Quad] = vec4f(${lines(4, (edge) => `v${edge}.${components[q] ?? ''}${edge < 3 ? ',' : ''}`)});`)}
      ${factor.advance ?? ''}
    }`,
  };
}

/** Steps along the inner dimension in one turn of the loop. */
const unroll = 4;

function products({ ownRows, ownColumns, rows, columns, depth }: Tile): string {
  const [down, across] = [rows / ownRows, columns / ownColumns];
  const step = (u: number): string => `
      ${lines(ownRows / 4, (i) => `let a${u}_${i} = leftTile[k + ${u}][ownRow + ${i * down}];`)}
      ${lines(ownColumns / 4, (j) => `let b${u}_${j} = rightTile[k + ${u}][ownColumn + ${j * across}];`)}
      ${lines(ownRows, (i) => lines(ownColumns / 4, (j) => `c${i}_${j} += a${u}_${i >> 2}.${components[i % 4] ?? ''} * b${u}_${j};`))}`;
  return `for (var k = 0; k < ${depth}; k += ${unroll}) {${lines(unroll, step)}\n}`;
}

function store({ tile, target, vectorOutput, outputs }: TiledProduct): string {
  const output = Object.keys(outputs)[0] ?? '';
  const [down, across] = [tile.rows / tile.ownRows, tile.columns / tile.ownColumns];
  const vector = (i: number, j: number): string => {
    const column = `(firstColumn + (ownColumn + ${j * across}) * 4)`;
    if (vectorOutput) return `if (${column} < columns) { ${output}[(outputStart + ${column}) / 4] = c${i}_${j}; }`;
    return lines(
      4,
      (q) =>
        `if (${column} + ${q} < columns) { ${output}[outputStart + ${column} + ${q}] = c${i}_${j}.${components[q] ?? ''}; }`,
    );
  };
  return lines(
    tile.ownRows,
    (i) => `{
    let row = firstRow + (ownRow + ${(i >> 2) * down}) * 4 + ${i % 4};
    if (row < rows) {
      let outputStart = ${target('row')};
      ${lines(tile.ownColumns / 4, (j) => vector(i, j))}
    }
  }`,
  );
}

/**
 * The program of a product. Each workgroup computes one tile of the result, slab by slab of the inner dimension: both
 * factors' part of the slab goes to workgroup memory, from where each invocation reads every value for four or eight
 * products. The inner dimension may be split into `dims.parts`, each summed by workgroups of its own.
 */
export function tiledProduct(product: TiledProduct): Program {
  const { key, outputs, inputs, dims, tile, extents, left, right } = product;
  const [leftStaging, rightStaging] = [
    staging(left, 'left', tile.rows, tile.depth),
    staging(right, 'right', tile.columns, tile.depth),
  ];
  const across = tile.columns / tile.ownColumns;
  return {
    key,
    outputs,
    inputs,
    dims: [...dims, 'parts'],
    workgroup: [tileInvocations],
    declarations: `
var<workgroup> leftTile: array<array<vec4f, ${tile.rows / 4}>, ${tile.depth}>;
var<workgroup> rightTile: array<array<vec4f, ${tile.columns / 4}>, ${tile.depth}>;`,
    body: `
  let inOfGroup = dims.inChannels / dims.groups;
  let outOfGroup = dims.outChannels / dims.groups;
  ${extents}
  if (rows <= 0) { return; }
  let columnTiles = (columns + ${tile.columns - 1}) / ${tile.columns};
  let rowTiles = (rows + ${tile.rows - 1}) / ${tile.rows};
  let firstColumn = (group % columnTiles) * ${tile.columns};
  let inGroup = (group / columnTiles) % dims.groups;
  let firstRow = ((group / columnTiles / dims.groups) % rowTiles) * ${tile.rows};
  let part = group / columnTiles / dims.groups / rowTiles;
  if (part >= dims.parts) { return; }
  let length = ((depth + dims.parts - 1) / dims.parts + ${tile.depth - 1}) / ${tile.depth} * ${tile.depth};
  let begin = part * length;
  let end = min(depth, begin + length);
  ${leftStaging.setup}
  ${rightStaging.setup}
  let ownColumn = local % ${across};
  let ownRow = local / ${across};
  ${lines(tile.ownRows, (i) => lines(tile.ownColumns / 4, (j) => `var c${i}_${j} = vec4f();`))}
  for (var slab = begin; slab < end; slab += ${tile.depth}) {
    ${leftStaging.text}
    ${rightStaging.text}
    workgroupBarrier();
    ${products(tile)}
    workgroupBarrier();
  }
  ${store(product)}`,
  };
}

/** How a product is cut. */
export interface Cut {
  readonly tile: Tile;
  readonly parts: number;
  /** Workgroups. */
  readonly groups: number;
}

/** The shortest inner dimension that is worth workgroups of its own: below, adding up the parts costs more than it saves. */
const shortestPart = 256;

/**
 * Chooses the tile, and into how many parts the inner dimension is split, so that the device has enough to do.
 *
 * @param copies how many such products one dispatch computes.
 */
export function cutProduct(
  { rows, columns, depth, copies }: Readonly<Record<'rows' | 'columns' | 'depth' | 'copies', number>>,
  busyInvocations: number,
): Cut {
  // About four workgroups a multiprocessor: eight fit in, and those that wait for memory make room for others.
  const enough = Math.max(1, Math.floor(busyInvocations / (2 * tileInvocations)));
  const cut = (tile: Tile): Cut => {
    const whole = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns);
    const parts = Math.max(1, Math.min(Math.ceil(enough / (whole * copies)), Math.floor(depth / shortestPart)));
    return { tile, parts, groups: whole * parts };
  };
  if (columns <= tiles.narrow.columns) return cut(tiles.narrow);
  const large = cut(tiles.large);
  const isFilled = columns > tiles.medium.columns && rows > tiles.medium.rows;
  return isFilled && large.groups * copies >= enough ? large : cut(tiles.medium);
}
