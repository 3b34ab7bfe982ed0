import { X } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Evaluation } from '../../shared/protocol';
import { Button } from '../components/Button';
import { FailureNotice } from '../components/FailureNotice';
import { FigureCard } from '../components/FigureCard';
import { PictureCanvas } from '../components/PictureCanvas';
import { changeBalance, changedImages, imagesOfCell, type CellFilter, type ChangedImage } from '../state/predictions';
import { newestEvaluation, type RunFacts } from '../state/run';
import { count, percent, plural } from '../state/units';
import { useEngineAnswer } from '../state/useEngineAnswer';
import { shownName } from '../state/shownName';

interface Props {
  readonly facts: RunFacts;
  readonly cell: CellFilter | null;
  readonly onClear: () => void;
}

/** Images that are taken for another class now, or those of a confusion cell. */
export function ImageGridCard({ facts, cell, onClear }: Props) {
  const before = facts.evaluations.sourceOnly;
  const after = newestEvaluation(facts);
  if (before === undefined || after === null) return null;
  return <ImageGrid facts={facts} before={before} after={after} cell={cell} onClear={onClear} />;
}

interface GridProps extends Props {
  readonly before: Evaluation;
  readonly after: Evaluation;
}

const page = 24;

function ImageGrid({ facts, before, after, cell, onClear }: GridProps) {
  const [limit, setLimit] = useState(page);
  const classes = facts.plan?.classes;
  const fullNameOf = (index: number | null): string => (index === null ? '' : (classes?.[index] ?? String(index)));
  const nameOf = (index: number | null): string => shownName(fullNameOf(index));
  const images = useMemo(
    () => (cell === null ? changedImages(before, after) : imagesOfCell(before, after, cell)),
    [before, after, cell],
  );
  const shown = images.slice(0, limit);
  const balance = changeBalance(images);
  const subtitle =
    cell !== null || balance === null
      ? `${plural(images.length, 'image')}, surest first`
      : `${plural(images.length, 'image')}, surest first: ${count(balance.fixed)} became right, ${count(balance.broken)} became wrong`;
  return (
    <FigureCard
      className="lg:col-span-2"
      title={cell === null ? 'Changed their prediction' : 'Images of a confusion cell'}
      subtitle={subtitle}
      table={() => ({
        columns: ['image', 'source only', 'now', 'confidence', 'label'],
        rows: images.map((image) => [
          image.index,
          fullNameOf(image.before),
          fullNameOf(image.after),
          image.confidence,
          fullNameOf(image.label),
        ]),
      })}
      controls={
        cell === null ? undefined : (
          <button
            type="button"
            className="inline-flex max-w-full items-center gap-1.5 rounded-full border wrap-anywhere border-accent bg-accent-soft px-2.5 py-0.5 text-xs font-medium text-accent"
            onClick={onClear}
          >
            actual {nameOf(cell.actual)}, predicted {nameOf(cell.predicted)} (
            {cell.moment === 'before' ? 'source only' : 'now'})
            <X aria-label="Remove this filter" className="size-3.5" />
          </button>
        )
      }
    >
      <Thumbnails runId={facts.runId} images={shown} role={after.role} nameOf={nameOf} />
      {images.length > limit && (
        <div className="mt-3 text-center">
          <Button
            size="small"
            onClick={() => {
              setLimit(limit + 2 * page);
            }}
          >
            Show more of {count(images.length)}
          </Button>
        </div>
      )}
    </FigureCard>
  );
}

interface ThumbnailsProps {
  readonly runId: number;
  readonly images: readonly ChangedImage[];
  readonly role: Evaluation['role'];
  readonly nameOf: (index: number | null) => string;
}

const thumbnailSize = 96;

function Thumbnails({ runId, images, role, nameOf }: ThumbnailsProps) {
  const indices = images.map((image) => image.index);
  const key = indices.length === 0 ? null : `${String(runId)} ${role} ${indices.join(' ')}`;
  const answer = useEngineAnswer('images/thumbnails', { runId, role, indices, size: thumbnailSize }, key);
  if (images.length === 0) return <p className="py-4 text-center text-ink-3">No image.</p>;
  return (
    <>
      {answer.failure !== null && <FailureNotice failure={answer.failure} />}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(6.5rem,1fr))] gap-3">
        {images.map((image, at) => {
          const picture = answer.value?.[at];
          return (
            <li key={image.index} className="min-w-0 text-xs">
              <div className="aspect-square overflow-hidden rounded-sm bg-sunken">
                {picture !== undefined && (
                  <PictureCanvas
                    picture={picture}
                    label={`Image ${String(image.index + 1)}`}
                    className="size-full object-contain"
                  />
                )}
              </div>
              <p className="mt-1 truncate text-ink-3">
                {nameOf(image.before)} → <span className="font-medium text-ink">{nameOf(image.after)}</span>
              </p>
              <p className="truncate text-ink-3">
                {percent(image.confidence, 0)}
                {image.label !== null && (
                  <span className={image.label === image.after ? 'text-accent' : 'text-target'}>
                    {image.label === image.after ? ' ✓ right' : ` ✗ is ${nameOf(image.label)}`}
                  </span>
                )}
              </p>
            </li>
          );
        })}
      </ul>
    </>
  );
}
