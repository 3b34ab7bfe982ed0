import { parseArgs } from 'node:util';
import type { Limits } from './browserRun';
import { sectionNames } from './protocol';
import type { Metric, SectionName } from './protocol';

export const usage = `Usage: npm run bench -- [options]

Measures our WebGPU kernels against those of tfjs, both on one device and in turn, and checks what they must reach.

  --quick              fewer shapes and smaller batches; gates are shown and not enforced
  --only NAMES         ${sectionNames.join(',')}: some of them, separated by commas
  --gpu                on the machine's own GPU, with the workloads that need one
  --tiny               toy sizes: tries the path, measures nothing
  --metric NAME        cpu | timestamp | wall (default: cpu in software, else timestamp where there are any)
  --repetitions N      measured runs of each (default: 5; with --quick 3)
  --max-memory GB      most memory of the browser (default: 6; with --gpu 24)
  --max-minutes N      longest time (default: 20)
  --help               show this`;

export interface Options {
  readonly quick: boolean;
  readonly gpu: boolean;
  readonly tiny: boolean;
  readonly sections: readonly SectionName[];
  readonly metric: Metric | null;
  readonly repetitions: number;
  readonly limits: Limits;
}

const metrics: readonly Metric[] = ['cpu', 'timestamp', 'wall'];

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found === undefined) throw new Error(`--${option} cannot be "${value}"; it takes ${known.join(', ')}.`);
  return found;
}

function positive(option: string, value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${option} is "${value}"; give a number above 0.`);
  return number;
}

/** @returns null when help was asked for. */
export function readOptions(args: readonly string[]): Options | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ quick: flag, gpu: flag, tiny: flag, help: flag },
      ...{ only: text, metric: text, repetitions: text, 'max-memory': text, 'max-minutes': text },
    },
  });
  const { quick, gpu, tiny, help, only, metric, repetitions } = values;
  if (help) return null;
  const sections = only?.split(',').map((name) => oneOf('only', name.trim(), sectionNames)) ?? sectionNames;
  return {
    ...{ quick, gpu, tiny, sections },
    metric: metric === undefined ? null : oneOf('metric', metric, metrics),
    repetitions: Math.round(positive('repetitions', repetitions ?? (quick ? '3' : '5'))),
    limits: {
      memoryBytes: 1e9 * positive('max-memory', values['max-memory'] ?? (gpu ? '24' : '6')),
      minutes: positive('max-minutes', values['max-minutes'] ?? '20'),
    },
  };
}
