import { useState } from 'react';
import { ClassBars, type ClassBar } from '../charts/ClassBars';
import { FigureCard } from '../components/FigureCard';
import { Segmented } from '../components/Segmented';
import type { Evaluation } from '../../shared/protocol';
import { newestEvaluation, type RunFacts } from '../state/run';

type View = 'accuracy' | 'share';

/** Every class: how often it is right, or how often it is predicted. The share needs no labels and shows collapse. */
export function ClassCard({ facts }: { facts: RunFacts }) {
  const [chosen, setChosen] = useState<View>('accuracy');
  const classes = facts.plan?.classes;
  const { sourceOnly, bnRefresh } = facts.evaluations;
  const newest = newestEvaluation(facts);
  const labelled = Array.isArray((sourceOnly ?? newest)?.perClass);
  const view = labelled ? chosen : 'share';
  const read = (evaluation: Evaluation | null | undefined, at: number): number | null =>
    (view === 'accuracy' ? evaluation?.perClass?.[at] : evaluation?.predictedShare[at]) ?? null;
  const names = classes ?? sourceOnly?.predictedShare.map((_, at) => String(at)) ?? [];
  const bars: readonly ClassBar[] = names.map((name, at) => ({
    name,
    before: read(sourceOnly, at),
    refresh: read(bnRefresh, at),
    now: read(newest ?? sourceOnly, at),
  }));
  const largest = Math.max(...bars.flatMap((bar) => [bar.before ?? 0, bar.refresh ?? 0, bar.now ?? 0]), 0.01);
  return (
    <FigureCard
      title={view === 'accuracy' ? 'Accuracy per class' : 'Predicted share per class'}
      subtitle="Bar: now. Grey line: source only. Dotted line: batch-norm refresh"
      table={() => ({
        columns: ['class', 'source only', 'batch-norm refresh', 'now'],
        rows: bars.map((bar) => [bar.name, bar.before, bar.refresh, bar.now]),
      })}
      controls={
        labelled ? (
          <Segmented
            label="What is shown per class"
            value={view}
            options={[
              { value: 'accuracy', label: 'accuracy' },
              { value: 'share', label: 'predicted share' },
            ]}
            onChange={setChosen}
          />
        ) : undefined
      }
    >
      <div className="relative max-h-80 overflow-y-auto py-1 pr-1" tabIndex={0} role="group" aria-label="Classes">
        <ClassBars bars={bars} scale={view === 'accuracy' ? 1 : largest} />
      </div>
    </FigureCard>
  );
}
