import { useDeferredValue, useState } from 'react';
import type { CellFilter } from '../state/predictions';
import { useStudio } from '../state/useStudio';
import { ConfusionCard } from './ConfusionCard';
import { DriftCard } from './DriftCard';
import { ImageGridCard } from './ImageGridCard';
import { StageHeading } from './StageHeading';

/** Stage 5: what adapting did, layer by layer, class by class, image by image. */
export function InspectPanel() {
  // Deferred: measurements are drawn in slices between other work, so that none of them holds the page.
  const facts = useDeferredValue(useStudio((state) => state.run.facts));
  const [cell, setCell] = useState<CellFilter | null>(null);
  const hasDrift = facts !== null && Object.keys(facts.drift).length > 0;
  const hasEvaluation = facts?.evaluations.sourceOnly !== undefined;
  return (
    <section>
      <StageHeading id="stage-inspect" number={5}>
        Inspect
      </StageHeading>
      {facts === null || (!hasDrift && !hasEvaluation) ? (
        <p className="rounded-lg border border-dashed border-line-strong px-4 py-8 text-center text-ink-2">
          Batch-norm drift, confusions and the images that changed their class appear here with the first measurements.
        </p>
      ) : (
        <div className="grid grid-cols-1 items-start gap-2.5 lg:grid-cols-[1.3fr_1fr]">
          {hasDrift && <DriftCard drift={facts.drift} />}
          <ConfusionCard facts={facts} chosen={cell} onChoose={setCell} />
          <ImageGridCard
            key={facts.runId}
            facts={facts}
            cell={cell}
            onClear={() => {
              setCell(null);
            }}
          />
        </div>
      )}
    </section>
  );
}
