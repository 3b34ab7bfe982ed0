import { useDeferredValue } from 'react';
import { FailureNotice } from '../components/FailureNotice';
import { changedSinceRun } from '../state/setup';
import { useStudio } from '../state/useStudio';
import { AccuracyCard } from './AccuracyCard';
import { ClassCard } from './ClassCard';
import { LossCard } from './LossCard';
import { NoticesLog } from './NoticesLog';
import { ReconnectLine } from './ReconnectLine';
import { RunHeadline } from './RunHeadline';
import { StageHeading } from './StageHeading';

const imageRoles = ['target', 'pairsRgb', 'pairsTarget', 'test'] as const;

/** Stage 4: the run as it happens. */
export function RunPanel() {
  const run = useDeferredValue(useStudio((state) => state.run));
  const changed = useStudio(changedSinceRun);
  const failure = useStudio((state) => state.failures.run);
  return (
    <section>
      <StageHeading id="stage-run" number={4}>
        Run
      </StageHeading>
      <div className="space-y-2.5">
        {run.phase === 'failed' && (
          <FailureNotice failure={run.failure}>
            {run.failure.code === 'missing-file' &&
              imageRoles.map((role) => <ReconnectLine key={role} place={role} disabled={false} />)}
          </FailureNotice>
        )}
        {failure !== undefined && <FailureNotice failure={failure} />}
        {run.facts === null ? (
          <p className="rounded-lg border border-dashed border-line-strong px-4 py-8 text-center text-ink-2">
            {run.phase === 'starting'
              ? 'Preparing the run …'
              : 'Loss, accuracy and every class are drawn here while the model adapts.'}
          </p>
        ) : (
          <>
            <RunHeadline run={run} facts={run.facts} />
            {changed && (
              <p className="text-xs text-warning">Changed since this run: settings or project are not those it had.</p>
            )}
            <div className="grid grid-cols-1 gap-2.5 lg:grid-cols-2">
              <LossCard settings={run.facts.settings} />
              <AccuracyCard facts={run.facts} />
              <ClassCard facts={run.facts} />
              <NoticesLog facts={run.facts} />
            </div>
          </>
        )}
      </div>
    </section>
  );
}
