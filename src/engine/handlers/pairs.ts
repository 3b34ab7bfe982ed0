import type { Handlers } from '../../shared/protocol';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { checkOpenPairs, checkPairsSoon } from '../pairWatch';
import { pairBy, pairingOf, requireFolder, setPairRule } from '../project';
import { summarizeProject } from '../projectSummary';

type PairCommand = 'pairs/rule' | 'pairs/try' | 'pairs/check' | 'pairs/unmatched';

export function pairHandlers(context: Context): Pick<Handlers, PairCommand> {
  const { project } = context;
  return {
    'pairs/rule': ({ rule }) =>
      context.inTurn(() => {
        requireIdle(context, 'the pairs cannot be changed');
        setPairRule(project, rule);
        checkPairsSoon(context);
        return Promise.resolve(summarizeProject(project));
      }),
    'pairs/try': ({ rule }) => pairBy(project, rule).summary(),
    'pairs/check': () => checkOpenPairs(context),
    'pairs/unmatched': ({ side, from, count }) => {
      const role = side === 'rgb' ? 'pairsRgb' : 'pairsTarget';
      const pairing = pairingOf(project);
      if (!pairing) {
        const { entries } = requireFolder(project, role).folder;
        return entries.slice(from, from + count).map(({ path }) => path);
      }
      return (side === 'rgb' ? pairing.unmatchedRgb : pairing.unmatchedTarget).slice(from, from + count);
    },
  };
}
