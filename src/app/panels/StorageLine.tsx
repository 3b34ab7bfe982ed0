import { HardDrive } from 'lucide-react';
import { useState } from 'react';
import { toFailure, type Failure } from '../../shared/failure';
import type { CacheSummary } from '../../shared/images';
import { Button } from '../components/Button';
import { FailureNotice } from '../components/FailureNotice';
import { isActive } from '../state/run';
import { bytes, plural } from '../state/units';
import { useEngineAnswer } from '../state/useEngineAnswer';
import { useStudio, useStudioApi } from '../state/useStudio';

/** How much of the browser's storage prepared images take, and a way to have it back. Nothing while there are none. */
export function StorageLine() {
  const { engine } = useStudioApi();
  const running = useStudio((state) => isActive(state.run));
  // Runs fill the storage: asked for anew when one begins to train and when it ends.
  const moment = useStudio(({ run }) => `${run.phase} ${run.facts?.stage ?? ''} ${String(run.facts?.runId ?? '')}`);
  const ready = useStudio((state) => state.engine.kind === 'ready');
  const [clearing, setClearing] = useState<{ readonly at: string; readonly summary: CacheSummary } | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const answer = useEngineAnswer('cache/summary', {}, ready ? moment : null);
  const summary = clearing?.at === moment ? clearing.summary : answer.value;
  const clear = async (): Promise<void> => {
    setFailure(null);
    try {
      setClearing({ at: moment, summary: await engine.call('cache/clear', {}) });
    } catch (thrown) {
      setFailure(toFailure(thrown));
    }
  };
  if (failure !== null) return <FailureNotice failure={failure} />;
  if (summary === null || summary.bytes === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-x-2 text-xs text-ink-3">
      <HardDrive aria-hidden className="size-3.5 shrink-0" />
      <span>
        Prepared images kept in this browser: {bytes(summary.bytes)} of {bytes(summary.limitBytes)} in{' '}
        {plural(summary.sets, 'set')}
      </span>
      <Button size="small" tone="quiet" disabled={running} onClick={() => void clear()}>
        Clear
      </Button>
    </div>
  );
}
