import { SideScroll } from '../components/SideScroll';
import type { CellFilter } from '../state/predictions';
import { mostConfused } from '../state/predictions';
import { shownName } from '../state/shownName';

interface Props {
  /** `[actual][predicted]` */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly string[];
  readonly moment: CellFilter['moment'];
  readonly chosen: CellFilter | null;
  readonly onChoose: (cell: CellFilter) => void;
}

const largestShown = 24;

/** Rows are actual classes, columns predicted ones; the tint is the share of the row. A cell opens its images. */
export function ConfusionMatrix({ confusion, classes, moment, chosen, onChoose }: Props) {
  const shown =
    confusion.length > largestShown ? mostConfused(confusion, largestShown) : confusion.map((_, index) => index);
  return (
    <div>
      {shown.length < confusion.length && (
        <p className="mb-1 text-xs text-ink-3">
          The {shown.length} of {confusion.length} classes with the most mistakes.
        </p>
      )}
      <SideScroll label="Confusion matrix, scrollable">
        <table className="w-full max-w-3xl border-separate border-spacing-0.5 text-xs">
          <caption className="sr-only">Rows: actual class. Columns: predicted class. Cells: number of images.</caption>
          <thead>
            <tr>
              <td className="text-2xs text-ink-3">actual ↓ predicted →</td>
              {shown.map((predicted) => (
                <th key={predicted} scope="col" className="h-16 min-w-10 align-bottom font-normal text-ink-2">
                  <span className="inline-block max-h-16 max-w-10 truncate text-2xs [writing-mode:vertical-rl]">
                    {shownName(classes[predicted] ?? '')}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((actual) => (
              <Row
                key={actual}
                actual={actual}
                row={confusion[actual] ?? []}
                shown={shown}
                classes={classes}
                moment={moment}
                chosen={chosen}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
      </SideScroll>
    </div>
  );
}

interface RowProps extends Omit<Props, 'confusion'> {
  readonly actual: number;
  readonly row: readonly number[];
  readonly shown: readonly number[];
}

function Row({ actual, row, shown, classes, moment, chosen, onChoose }: RowProps) {
  const total = Math.max(
    1,
    row.reduce((sum, value) => sum + value, 0),
  );
  return (
    <tr>
      <th scope="row" className="max-w-28 truncate pr-2 text-right font-normal text-ink-2">
        {shownName(classes[actual] ?? '')}
      </th>
      {shown.map((predicted) => {
        const images = row[predicted] ?? 0;
        const share = images / total;
        const tint = predicted === actual ? 'var(--accent)' : 'var(--target)';
        const pressed = chosen?.moment === moment && chosen.actual === actual && chosen.predicted === predicted;
        return (
          <td key={predicted} className="p-0">
            <button
              type="button"
              disabled={images === 0}
              aria-pressed={pressed}
              aria-label={`Actual ${shownName(classes[actual] ?? '')}, predicted ${shownName(classes[predicted] ?? '')}: ${String(images)} images`}
              className="h-9 w-full min-w-10 rounded-sm text-ink ring-line hover:ring-2 hover:ring-line-strong aria-pressed:ring-2 aria-pressed:ring-ink"
              style={{ background: `color-mix(in oklab, ${tint} ${String(Math.round(share * 52))}%, var(--sunken))` }}
              onClick={() => {
                onChoose({ moment, actual, predicted });
              }}
            >
              <span className={images === 0 ? 'text-ink-3' : ''}>{images}</span>
            </button>
          </td>
        );
      })}
    </tr>
  );
}
