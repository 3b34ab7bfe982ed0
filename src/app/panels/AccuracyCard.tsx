import { useMemo } from 'react';
import type { Evaluation } from '../../shared/protocol';
import { LineKey } from '../charts/Legend';
import { dashes } from '../charts/axes';
import { ProgressLines, type Baseline, type ProgressPoint } from '../charts/ProgressLines';
import { useWidth } from '../charts/useWidth';
import { FigureCard } from '../components/FigureCard';
import type { RunFacts } from '../state/run';
import { count, percent } from '../state/units';

function pinnedBaselines(
  sourceOnly: Evaluation | undefined,
  bnRefresh: Evaluation | undefined,
  labelled: boolean,
): readonly Baseline[] {
  const pinned = [
    { label: 'Source only', kind: 'sourceOnly', evaluation: sourceOnly },
    { label: 'Batch-norm refresh', kind: 'bnRefresh', evaluation: bnRefresh },
  ] as const;
  return pinned.flatMap(({ label, kind, evaluation }) => {
    const value = labelled ? evaluation?.accuracy : evaluation?.meanConfidence;
    return value === undefined || value === null ? [] : [{ label, kind, value }];
  });
}

/** Accuracy over steps against the two pinned baselines; without labels, the mean confidence. */
export function AccuracyCard({ facts }: { facts: RunFacts }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const { evaluations, history, plan } = facts;
  const { sourceOnly, bnRefresh } = evaluations;
  const labelled = (sourceOnly ?? evaluations.now ?? evaluations.adapted)?.accuracy !== null;
  const name = labelled ? 'Accuracy' : 'Mean confidence';
  const points = useMemo<readonly ProgressPoint[]>(
    () =>
      history.map((point) => ({ step: point.step, value: (labelled ? point.accuracy : point.meanConfidence) ?? 0 })),
    [history, labelled],
  );
  const baselines = useMemo(() => pinnedBaselines(sourceOnly, bnRefresh, labelled), [sourceOnly, bnRefresh, labelled]);
  const measured = sourceOnly ?? evaluations.adapted;
  const which =
    measured === undefined
      ? ''
      : ` on ${count(measured.imageCount)} ${measured.role === 'test' ? 'labelled test images' : 'target images'}`;
  return (
    <FigureCard
      title={name}
      subtitle={labelled ? `Measured${which}; labels never train` : `No labels given: how sure the model is${which}`}
      table={() => ({
        columns: ['step', 'epoch', 'accuracy', 'mean confidence'],
        rows: history.map((point) => [point.step, point.epoch, point.accuracy, point.meanConfidence]),
      })}
    >
      <div ref={box} className="min-h-[236px]">
        {width > 0 && (
          <ProgressLines
            width={width}
            name={name}
            points={points}
            baselines={baselines}
            lastStep={plan?.steps ?? points.at(-1)?.step ?? 1}
          />
        )}
      </div>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        <LineKey color="var(--now)">now {points.length > 0 && percent(points.at(-1)?.value ?? 0)}</LineKey>
        {baselines.map((line) => (
          <LineKey
            key={line.kind}
            color={line.kind === 'sourceOnly' ? 'var(--before)' : 'var(--refresh)'}
            dash={line.kind === 'sourceOnly' ? dashes.dashed : dashes.dotted}
          >
            {line.label.toLowerCase()} {percent(line.value)}
          </LineKey>
        ))}
      </div>
    </FigureCard>
  );
}
