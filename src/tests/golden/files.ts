import { checkCe, checkDm, checkIm, checkMix, checkTi } from './losses';
import { checkNet, checkNetShot } from './networks';
import { checkLoad } from './pictures';
import { checkOptim, checkPseudo } from './plain';
import { createRecord } from './record';
import type { Compare, Comparison } from './record';
import { checkNetSource } from './sourceNetwork';
import { checkTrace } from './trace';
import type {
  CeCase,
  DmCase,
  ImCase,
  LoadCase,
  MixCase,
  NetCase,
  NetShotCase,
  NetSourceCase,
  OptimCases,
  PseudoCases,
  TiCase,
  Trace,
} from './schema';

type Check = (content: unknown, compare: Compare) => Promise<void>;

/** The check of a file of cases: `Cases` is what its schema says they are. */
const cases =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- ties the check to its cases
  <Cases>(check: (cases: Cases, compare: Compare) => Promise<void>): Check =>
    (content, compare) => {
      const { schema, cases: found } = content as { schema: string; cases: Cases };
      if (schema !== 'golden/1') throw new Error(`The schema "${schema}" is not known; "golden/1" is.`);
      return check(found, compare);
    };

const trace: Check = (content, compare) => checkTrace(content as Trace, compare);

/** Every golden file and what is checked in it. */
export const goldenFiles = {
  'im.json': cases<ImCase[]>(checkIm),
  'ce.json': cases<CeCase[]>(checkCe),
  'pseudo.json': cases<PseudoCases>(checkPseudo),
  'ti.json': cases<TiCase[]>(checkTi),
  'dm.json': cases<DmCase[]>(checkDm),
  'mix.json': cases<MixCase[]>(checkMix),
  'optim.json': cases<OptimCases>(checkOptim),
  'net.json': cases<NetCase[]>(checkNet),
  'net_shot.json': cases<NetShotCase[]>(checkNetShot),
  'net_source.json': cases<NetSourceCase[]>(checkNetSource),
  'load.json': cases<LoadCase[]>(checkLoad),
  'traces/reference_single.json': trace,
  'traces/reference_multi.json': trace,
} as const satisfies Record<string, Check>;

export type GoldenFile = keyof typeof goldenFiles;

export const goldenFileNames = Object.keys(goldenFiles) as GoldenFile[];

/** The content of a golden file from its text. */
export function parseGolden(file: GoldenFile, text: string | null): unknown {
  if (text === null) throw new Error(`There is no golden file ${file}.`);
  return JSON.parse(text);
}

/** Runs all checks of one golden file on the current backend. */
export async function checkGoldenFile(file: GoldenFile, content: unknown): Promise<Comparison[]> {
  const { comparisons, compare } = createRecord();
  await goldenFiles[file](content, compare);
  return comparisons;
}
