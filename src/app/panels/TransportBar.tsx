import { Pause, Play, Square } from 'lucide-react';
import type { ReactNode } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { Button } from '../components/Button';
import { classes } from '../components/classes';
import { ProgressLine } from '../components/ProgressLine';
import { obstacleOf, type Obstacle } from '../state/readiness';
import { isActive, type Preparing, type Run } from '../state/run';
import { imageWaitReading, preparingReadings, recentImageWait } from '../state/runReadings';
import { useActions, useStudio, useStudioApi } from '../state/useStudio';
import { bytes, count, duration, percent, plural } from '../state/units';

const looks = {
  Ready: 'border-line-strong text-ink-2',
  Running: 'border-accent bg-accent-soft text-accent',
  'Stopping …': 'border-warning bg-warning-soft text-warning',
  Paused: 'border-warning bg-warning-soft text-warning',
  Finished: 'border-accent bg-accent-soft text-accent',
  Failed: 'border-danger bg-danger-soft text-danger',
} as const;

function statusWord(run: Run): keyof typeof looks {
  switch (run.phase) {
    case 'idle':
      return 'Ready';
    case 'starting':
    case 'running':
      return 'Running';
    case 'paused':
      return 'Paused';
    case 'stopping':
      return 'Stopping …';
    case 'finished':
      return 'Finished';
    case 'failed':
      return 'Failed';
  }
}

/** Start, pause, resume, stop; how the run stands, and what keeps it from starting. */
export function TransportBar() {
  const phase = useStudio((state) => state.run.phase);
  const word = useStudio((state) => statusWord(state.run));
  const ready = useStudio((state) => obstacleOf(state) === null);
  const reading = useStudio((state) => Object.keys(state.reading).length > 0);
  const { start, pause, resume, stop } = useActions();
  const active = useStudio((state) => isActive(state.run));
  const open = phase === 'running' || phase === 'paused';
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="flex items-center gap-1.5">
        <Button tone="primary" disabled={!ready || reading || active} onClick={() => void start()}>
          <Play aria-hidden className="size-4" />
          Start
        </Button>
        {phase === 'paused' ? (
          <Button onClick={() => void resume()}>
            <Play aria-hidden className="size-4" />
            Resume
          </Button>
        ) : (
          <Button disabled={phase !== 'running'} onClick={() => void pause()}>
            <Pause aria-hidden className="size-4" />
            Pause
          </Button>
        )}
        <Button disabled={!open} onClick={() => void stop()}>
          <Square aria-hidden className="size-3.5" />
          Stop
        </Button>
      </div>
      <div role="status" className={classes('rounded-full border px-2.5 py-0.5 text-xs font-semibold', looks[word])}>
        {word === 'Ready' && !ready ? 'Ready when setup is complete' : word}
      </div>
      <RunReadings />
    </div>
  );
}

/** Progress with its units; before a run what is missing, after one how it ended. */
function RunReadings() {
  const run = useStudio((state) => state.run);
  const obstacle = useStudio(useShallow(obstacleOf));
  if (isActive(run)) return <ProgressReadings run={run} />;
  if (obstacle !== null) return <ObstacleLine obstacle={obstacle} />;
  if (run.phase === 'finished')
    return (
      <Line>
        {run.stopped ? 'Ended early' : 'Done'} in {duration(run.seconds)}
      </Line>
    );
  if (run.phase === 'failed') return <Line>{run.failure.message}</Line>;
  return <Line>Everything is here. You can switch tabs while it runs; keep this window open.</Line>;
}

function Line({ children }: { children: ReactNode }) {
  return <p className="min-w-0 flex-1 basis-64 text-xs text-ink-2">{children}</p>;
}

/** What is in the way, with the way around it where one click is enough. */
function ObstacleLine({ obstacle }: { obstacle: Obstacle }) {
  const { setPreset } = useActions();
  return (
    <>
      <Line>{obstacle.sentence}</Line>
      {obstacle.pairsOnly && (
        <Button size="small" onClick={() => void setPreset('shot')}>
          Run without pairs (SHOT)
        </Button>
      )}
    </>
  );
}

/** How far the images are prepared, before the first step. */
function PreparingReadings({ preparing }: { preparing: Preparing }) {
  return (
    <div className="flex min-w-0 flex-1 basis-72 flex-wrap items-center gap-x-4 gap-y-1">
      <div className="min-w-28 flex-1 basis-32">
        <ProgressLine label="Images prepared" done={preparing.done} total={preparing.total} />
      </div>
      <ReadingsList readings={preparingReadings(preparing)} />
    </div>
  );
}

function ReadingsList({ readings }: { readings: readonly string[] }) {
  return (
    <ul className="flex flex-wrap gap-x-3.5 gap-y-0.5 text-xs text-ink-2">
      {readings.map((reading, at) => (
        <li key={at} className={at > 2 ? 'max-sm:hidden' : ''}>
          {reading}
        </li>
      ))}
    </ul>
  );
}

function ProgressReadings({ run }: { run: Run }) {
  const { steps } = useStudioApi();
  const facts = run.facts;
  const progress = facts?.progress ?? null;
  if (facts !== null && facts.preparing !== null) return <PreparingReadings preparing={facts.preparing} />;
  if (progress === null || progress.steps === 0) {
    return (
      <div className="flex min-w-48 flex-1 items-center gap-3">
        <div className="max-w-72 flex-1">
          <ProgressLine label="Run" done={0} total={0} />
        </div>
        <span className="truncate text-xs text-ink-2">{facts?.stageMessage ?? 'Preparing'}</span>
      </div>
    );
  }
  const wait = recentImageWait(steps);
  const readings = [
    percent(progress.step / progress.steps, 0),
    `step ${count(progress.step)} of ${count(progress.steps)}`,
    `epoch ${String(progress.epoch)} of ${String(progress.epochs)}`,
    `${progress.imagesPerSecond.toFixed(progress.imagesPerSecond < 10 ? 1 : 0)} images/s`,
    `${duration(progress.etaSeconds)} left`,
    progress.gpuBytes > 0
      ? `${bytes(progress.gpuBytes)} of GPU memory in ${plural(progress.tensors, 'tensor')}`
      : plural(progress.tensors, 'tensor'),
    ...(wait === null ? [] : [imageWaitReading(wait)]),
  ];
  return (
    <div className="flex min-w-0 flex-1 basis-72 flex-wrap items-center gap-x-4 gap-y-1">
      <div className="min-w-28 flex-1 basis-32">
        <ProgressLine label="Run" done={progress.step} total={progress.steps} />
      </div>
      <ReadingsList readings={readings} />
      {facts !== null && facts.stage !== 'training' && <span className="text-xs text-ink-3">{facts.stageMessage}</span>}
    </div>
  );
}
