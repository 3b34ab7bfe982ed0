import { useState } from 'react';
import { ConfusionMatrix } from '../charts/ConfusionMatrix';
import { FigureCard } from '../components/FigureCard';
import { Segmented } from '../components/Segmented';
import type { CellFilter } from '../state/predictions';
import { newestEvaluation, type RunFacts } from '../state/run';
import { count } from '../state/units';

interface Props {
  readonly facts: RunFacts;
  readonly chosen: CellFilter | null;
  readonly onChoose: (cell: CellFilter) => void;
}

/** Actual against predicted class, before and after; a cell opens its images. */
export function ConfusionCard({ facts, chosen, onChoose }: Props) {
  const [moment, setMoment] = useState<CellFilter['moment']>('after');
  const classes = facts.plan?.classes;
  const newest = newestEvaluation(facts);
  const evaluation = moment === 'before' || newest === null ? facts.evaluations.sourceOnly : newest;
  const confusion = evaluation?.confusion ?? null;
  if (evaluation === undefined) return null;
  if (confusion === null) {
    return (
      <div className="rounded-lg border border-line bg-surface px-4 py-3">
        <h3 className="text-sm font-semibold">Confusion matrix</h3>
        <p className="mt-1 text-ink-2">
          Needs labels. Open labelled test images to see which classes are taken for which.
        </p>
      </div>
    );
  }
  const names = classes ?? confusion.map((_, at) => String(at));
  const images = evaluation.role === 'test' ? 'labelled test images' : 'target images';
  return (
    <FigureCard
      title="Confusion matrix"
      subtitle={`${count(evaluation.imageCount)} ${images}. Rows actual, columns predicted. A cell opens its images`}
      table={() => ({
        columns: ['actual \\ predicted', ...names],
        rows: confusion.map((row, actual) => [names[actual] ?? String(actual), ...row]),
      })}
      controls={
        <Segmented
          label="Moment of the confusion matrix"
          value={moment}
          options={[
            { value: 'before', label: 'source only' },
            { value: 'after', label: newest?.moment === 'adapted' ? 'adapted' : 'now' },
          ]}
          onChange={setMoment}
        />
      }
    >
      <ConfusionMatrix confusion={confusion} classes={names} moment={moment} chosen={chosen} onChoose={onChoose} />
    </FigureCard>
  );
}
