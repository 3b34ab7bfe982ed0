import { presets, type PresetName } from '../src/shared/settings';

/** One finished run. */
export interface Measured {
  readonly set: string;
  readonly preset: PresetName;
  readonly models: readonly number[];
  /** Fraction of 1. */
  readonly accuracy: number | null;
  readonly seconds: number;
}

/** Of an image set. */
interface Heading {
  readonly title: string;
  readonly seeds: readonly number[];
  readonly severalModels: boolean;
}

/** Mean accuracy in percent over three seeds and its standard deviation, of an independent PyTorch implementation. */
const reference: Readonly<Record<string, Partial<Record<PresetName, string>>>> = {
  epfl: {
    'source-only': '56.1 ± 2.2',
    'bn-refresh': '57.3 ± 1.5',
    shot: '66.9 ± 0.9',
    'socket-reference': '52.0 ± 3.8',
    studio: '68.2 ± 4.4',
  },
  nyu: {
    'source-only': '16.8 ± 1.7',
    'bn-refresh': '21.7 ± 1.4',
    shot: '25.9 ± 3.8',
    'socket-reference': '29.1 ± 1.9',
    studio: '27.0 ± 2.3',
  },
};

const percent = (fraction: number | null | undefined): string =>
  fraction === null || fraction === undefined ? '–' : (100 * fraction).toFixed(1);

function meanAndSpread(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return percent(mean);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${percent(mean)} ± ${(100 * Math.sqrt(variance)).toFixed(1)}`;
}

/** Columns of a table: the heading and the cell of one preset. */
type Column = readonly [heading: string, cell: (preset: PresetName, runs: readonly Measured[]) => string];

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function columnsOf(set: string, { seeds, severalModels }: Heading): readonly Column[] {
  const single = (runs: readonly Measured[]) => runs.filter(({ models }) => models.length === 1);
  const several = (runs: readonly Measured[]) => runs.find(({ models }) => models.length > 1);
  const seedColumns = seeds.map((seed): Column => [
    `${severalModels ? 'model' : 'seed'} ${String(seed)}`,
    (_, runs) => percent(single(runs).find(({ models }) => models[0] === seed)?.accuracy),
  ]);
  const own: readonly Column[] = [
    ['preset', (preset) => `\`${preset}\``],
    ...seedColumns,
    ['mean ± sd', (_, runs) => `**${meanAndSpread(single(runs).flatMap(({ accuracy }) => accuracy ?? []))}**`],
    ['seconds (median)', (_, runs) => median(single(runs).map(({ seconds }) => seconds))?.toFixed(0) ?? '–'],
  ];
  if (!severalModels) return own;
  return [
    ...own,
    ['reference', (preset) => reference[set]?.[preset] ?? '–'],
    ['three sources, one run', (_, runs) => percent(several(runs)?.accuracy)],
    ['seconds', (_, runs) => several(runs)?.seconds.toFixed(0) ?? '–'],
  ];
}

/** One row a preset that was run. */
function setTable(rows: readonly Measured[], set: string, heading: Heading): string[] {
  const columns = columnsOf(set, heading);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = (Object.keys(presets) as PresetName[]).flatMap((preset) => {
    const runs = rows.filter((row) => row.set === set && row.preset === preset);
    return runs.length === 0 ? [] : [line(columns.map(([, cell]) => cell(preset, runs)))];
  });
  return [line(columns.map(([name]) => name)), line(columns.map(() => '---')), ...lines];
}

/** The results page in Markdown. */
export function resultsPage(rows: readonly Measured[], sets: Readonly<Record<string, Heading>>): string {
  return [
    '# What was measured',
    '',
    '`npm run results` makes this page: every preset on real images, through `npm run adapt` (the engine of the page, in headless',
    'Chromium, WASM). Accuracy in percent on the target images; labels are used for this figure only. Model `i` runs with seed `i`.',
    '*Reference*: an independent PyTorch implementation of the same equations, mean ± standard deviation over its three seeds.',
    'The number of images alone gives a standard error of 2 to 3 points. Seconds are wall time of the whole run, evaluations',
    'included, on two cores without a GPU that had other work besides: an upper bound, no benchmark. Speed is measured by',
    '`npm run bench`; what it found is in [bench/RESULTS.md](bench/RESULTS.md).',
    '',
    `Written ${new Date().toISOString().slice(0, 10)}. Only runs that were made have a row or a figure.`,
    ...Object.entries(sets).flatMap(([set, heading]) => [
      '',
      `## ${heading.title}`,
      '',
      ...setTable(rows, set, heading),
    ]),
    '',
  ].join('\n');
}
