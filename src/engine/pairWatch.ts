import { checkPairs } from '../data/pairCheck';
import type { Pairing } from '../data/pairing';
import { StudioError, toFailure } from '../shared/failure';
import type { PairCheck } from '../shared/pairs';
import type { Context } from './context';
import { pairingOf, requireFolder } from './project';
import { summarizeProject } from './projectSummary';

/** One check a pairing, however often it is asked for. */
const checks = new WeakMap<Pairing, Promise<PairCheck>>();

/**
 * Whether the pairs that are open show the same scenes. What it finds becomes part of the project, and a warning is sent
 * where there is reason for one.
 * @throws StudioError `no-pairs` when there are none; of a file when none of the pairs can be read
 */
export async function checkOpenPairs({ project, emit }: Context): Promise<PairCheck> {
  const pairing = pairingOf(project);
  if (!pairing) {
    throw new StudioError({
      code: 'no-pairs',
      message: 'There are no pairs to check.',
      remedy: 'Add both folders of paired images.',
    });
  }
  const [rgb, target] = [requireFolder(project, 'pairsRgb').folder, requireFolder(project, 'pairsTarget').folder];
  const checking = checks.get(pairing) ?? checkPairs(pairing, rgb, target);
  checks.set(pairing, checking);
  checking.catch(() => checks.delete(pairing));
  const check = await checking;
  if (pairingOf(project) === pairing && project.pairCheck === null) {
    project.pairCheck = check;
    if (check.verdict === 'unpaired' || check.verdict === 'same')
      emit({ type: 'project/changed', project: summarizeProject(project) });
  }
  return check;
}

/** Checks new pairs without anybody waiting for it: the command that opened them has its answer by then. */
export function checkPairsSoon(context: Context): void {
  if (!pairingOf(context.project) || context.project.pairCheck) return;
  checkOpenPairs(context).catch((thrown: unknown) => {
    const { message } = toFailure(thrown);
    context.emit({ type: 'engine/notice', level: 'warning', message: `The pairs could not be checked: ${message}` });
  });
}
