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

function setTable(rows: readonly Measured[], set: string, { seeds, severalModels }: Heading): string[] {
  const lines = (Object.keys(presets) as PresetName[]).map((preset) => {
    const own = rows.filter((row) => row.set === set && row.preset === preset);
    const single = seeds.map((seed) => own.find((row) => row.models.length === 1 && row.models[0] === seed));
    const multi = own.find((row) => row.models.length > 1);
    const accuracies = single.map((row) => row?.accuracy).filter((value) => typeof value === 'number');
    const seconds = single.map((row) => row?.seconds).filter((value) => value !== undefined);
    const medianSeconds = [...seconds].sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
    return `| \`${preset}\` | ${single.map((row) => percent(row?.accuracy)).join(' | ')} | **${meanAndSpread(accuracies)}** | ${
      reference[set]?.[preset] ?? '–'
    } | ${medianSeconds?.toFixed(0) ?? '–'} | ${percent(multi?.accuracy)} | ${multi?.seconds.toFixed(0) ?? '–'} |`;
  });
  return [
    `| preset | ${seeds.map((seed) => `${severalModels ? 'model' : 'seed'} ${String(seed)}`).join(' | ')} | mean ± sd | reference | seconds (median) | ${
      severalModels ? 'three sources, one run' : '–'
    } | seconds |`,
    `|${'---|'.repeat(seeds.length + 6)}`,
    ...lines,
  ];
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
    'included, two runs side by side on two cores without a GPU: an upper bound, no benchmark.',
    ...Object.entries(sets).flatMap(([set, heading]) => [
      '',
      `## ${heading.title}`,
      '',
      ...setTable(rows, set, heading),
    ]),
    '',
  ].join('\n');
}
