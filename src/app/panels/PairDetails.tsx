import { useState } from 'react';
import type { PairRule, PairSummary } from '../../shared/pairs';
import { visibleText } from '../../shared/visibleText';
import { Disclosure } from '../components/Disclosure';
import { FailureNotice } from '../components/FailureNotice';
import { LongList } from '../components/LongList';
import { Message } from '../components/Message';
import { draftOf, ruleWords } from '../state/pairRules';
import { isActive } from '../state/run';
import { count, plural } from '../state/units';
import { useActions, useStudio, useStudioApi } from '../state/useStudio';
import { PairCheckReport } from './PairCheckReport';
import { PairRuleForm } from './PairRuleForm';
import { PairView } from './PairView';

/** How the two folders of pairs fit together; nothing until both are there. */
export function PairDetails() {
  const folders = useStudio(
    ({
      project: {
        folders: { pairsRgb, pairsTarget },
      },
    }) => (pairsRgb && pairsTarget ? `${pairsRgb.fingerprint}/${pairsTarget.fingerprint}` : null),
  );
  return folders === null ? null : <Pairs key={folders} folders={folders} />;
}

function Pairs({ folders }: { folders: string }) {
  const pairs = useStudio((state) => state.project.pairs);
  const recipe = useStudio(({ project }) => JSON.stringify(project.folders.pairsTarget?.recipe));
  const noPairs = useStudio(({ project }) => project.blockers.find(({ code }) => code === 'no-pairs'));
  const failure = useStudio((state) => state.failures.pairs);
  const locked = useStudio((state) => isActive(state.run));
  const { dismissFailure } = useActions();
  const [shown, setShown] = useState<number | null>(null);
  const prints = `${folders} ${JSON.stringify(pairs?.rule)}`;
  const last = (pairs?.matched ?? 0) - 1;
  return (
    <div className="space-y-2 rounded-md border border-line bg-surface p-3">
      {pairs === null ? (
        <Message level="warning">
          {visibleText(
            noPairs === undefined ? 'No two pictures are partners.' : `${noPairs.message} ${noPairs.remedy}`,
          )}
        </Message>
      ) : (
        <PairFacts pairs={pairs} />
      )}
      {last >= 0 && (
        <PairCheckReport
          prints={locked ? null : prints}
          onShow={(index) => {
            setShown(Math.min(index, last));
          }}
        />
      )}
      <div>
        {last >= 0 && (
          <Disclosure
            summary="Look at the pairs"
            open={shown !== null}
            onOpenChange={(open) => {
              setShown(open ? 0 : null);
            }}
          >
            <PairView at={Math.min(shown ?? 0, last)} total={last + 1} prints={`${prints} ${recipe}`} onGo={setShown} />
          </Disclosure>
        )}
        <RuleChange folders={folders} rule={pairs?.rule ?? null} locked={locked} />
        {pairs !== null && <Unmatched pairs={pairs} prints={prints} />}
      </div>
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          onDismiss={() => {
            dismissFailure('pairs');
          }}
        />
      )}
    </div>
  );
}

/** Keeps what was written while its form is closed. */
function RuleChange({ folders, rule, locked }: { folders: string; rule: PairRule | null; locked: boolean }) {
  const [draft, setDraft] = useState(() => draftOf(rule));
  const [fromDataset] = useState(() => rule?.kind === 'dataset');
  return (
    <Disclosure summary="Change how pairs are found">
      <PairRuleForm
        draft={draft}
        onDraft={setDraft}
        current={rule}
        fromDataset={fromDataset}
        locked={locked}
        prints={folders}
      />
    </Disclosure>
  );
}

function PairFacts({ pairs }: { pairs: PairSummary }) {
  const { matched, unmatchedRgbCount, unmatchedTargetCount, ambiguousCount, rule } = pairs;
  const few = matched < Math.max(unmatchedRgbCount, unmatchedTargetCount);
  return (
    <>
      <p className="text-xs text-ink-2">
        <span className="font-semibold text-ink">{plural(matched, 'pair')}</span> {ruleWords[rule.kind]}
        {unmatchedRgbCount + unmatchedTargetCount > 0 &&
          ` · without partner: ${count(unmatchedRgbCount)} RGB, ${count(unmatchedTargetCount)} target`}
        {ambiguousCount > 0 && ` · ${plural(ambiguousCount, 'name')} of several files left out`}
      </p>
      {few && (
        <Message level="warning">
          Fewer than half of the pictures have a partner. Look at the files without one, or change how pairs are found.
        </Message>
      )}
    </>
  );
}

interface UnmatchedFile {
  readonly side: 'rgb' | 'target';
  readonly path: string;
}

/** Files of both folders that have no partner, RGB first. */
function Unmatched({ pairs, prints }: { pairs: PairSummary; prints: string }) {
  const { engine } = useStudioApi();
  const { unmatchedRgbCount: rgb, unmatchedTargetCount: target } = pairs;
  if (rgb + target === 0) return null;
  const ask = async (side: UnmatchedFile['side'], from: number, many: number): Promise<readonly UnmatchedFile[]> =>
    many <= 0
      ? []
      : (await engine.call('pairs/unmatched', { side, from, count: many })).map((path) => ({ side, path }));
  const load = async (from: number, many: number): Promise<readonly UnmatchedFile[]> => {
    const ofRgb = Math.max(0, Math.min(many, rgb - from));
    const first = await ask('rgb', from, ofRgb);
    return [...first, ...(await ask('target', Math.max(0, from - rgb), Math.min(many - ofRgb, target)))];
  };
  return (
    <Disclosure summary={`${plural(rgb + target, 'file')} without partner`}>
      <LongList
        label="Files without partner"
        count={rgb + target}
        rowsKey={prints}
        load={load}
        file={{
          fileName: 'files-without-partner.csv',
          columns: ['side', 'path'],
          cells: ({ side, path }) => [side === 'rgb' ? 'RGB' : 'target', path],
        }}
      >
        {({ side, path }) => (
          <span className="font-mono text-2xs">
            {side === 'rgb' ? 'RGB' : 'target'} {visibleText(path)}
          </span>
        )}
      </LongList>
    </Disclosure>
  );
}
