import { X } from 'lucide-react';
import { useMemo } from 'react';
import type { Picture } from '../../shared/images';
import type { Evaluation } from '../../shared/protocol';
import { FigureCard } from '../components/FigureCard';
import { LongGrid } from '../components/LongGrid';
import { PictureCanvas } from '../components/PictureCanvas';
import { changeBalance, changedImages, imagesOfCell, type CellFilter, type ChangedImage } from '../state/predictions';
import { newestEvaluation, type RunFacts } from '../state/run';
import { count, percent, plural } from '../state/units';
import { useStudioApi } from '../state/useStudio';
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

function ImageGrid({ facts, before, after, cell, onClear }: GridProps) {
  const classes = facts.plan?.classes;
  const fullNameOf = (index: number | null): string => (index === null ? '' : (classes?.[index] ?? String(index)));
  const nameOf = (index: number | null): string => shownName(fullNameOf(index));
  const images = useMemo(
    () => (cell === null ? changedImages(before, after) : imagesOfCell(before, after, cell)),
    [before, after, cell],
  );
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
      <Thumbnails runId={facts.runId} images={images} role={after.role} nameOf={nameOf} />
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
/** Two lines of small type. */
const captionHeight = 40;

function Thumbnails({ runId, images, role, nameOf }: ThumbnailsProps) {
  const { engine } = useStudioApi();
  const tilesKey = useMemo(
    () => `${String(runId)} ${role} ${images.map(({ index }) => index).join(' ')}`,
    [runId, role, images],
  );
  if (images.length === 0) return <p className="py-4 text-center text-ink-3">No image.</p>;
  return (
    <LongGrid<Picture>
      label={`${count(images.length)} images, surest first`}
      count={images.length}
      tilesKey={tilesKey}
      load={(from, howMany) => {
        const indices = images.slice(from, from + howMany).map(({ index }) => index);
        return engine.call('images/thumbnails', { runId, role, indices, size: thumbnailSize });
      }}
      captionHeight={captionHeight}
    >
      {(picture, at) => {
        const image = images[at];
        return image === undefined ? null : <Thumbnail image={image} picture={picture} nameOf={nameOf} />;
      }}
    </LongGrid>
  );
}

interface ThumbnailProps extends Pick<ThumbnailsProps, 'nameOf'> {
  readonly image: ChangedImage;
  readonly picture: Picture | undefined;
}

function Thumbnail({ image, picture, nameOf }: ThumbnailProps) {
  return (
    <div className="text-xs">
      <div className="hatched aspect-square overflow-hidden rounded-sm">
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
    </div>
  );
}
