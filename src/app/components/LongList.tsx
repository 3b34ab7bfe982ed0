import { useVirtualizer } from '@tanstack/react-virtual';
import { Download } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { toFailure, type Failure } from '../../shared/failure';
import { toCsv, type Cell } from '../state/csv';
import { readAllRows, type LoadRows } from '../state/pages';
import { saveBlob } from '../state/saveBlob';
import { usePages, useWanted } from '../state/usePages';
import { Button } from './Button';
import { FailureNotice } from './FailureNotice';
import { PagesFailure } from './PagesFailure';

/** The whole list as a file. */
interface ListFile<Row> {
  readonly fileName: string;
  readonly columns: readonly string[];
  readonly cells: (row: Row) => readonly Cell[];
}

interface Props<Row> {
  /** What is listed, for people who cannot see it. */
  readonly label: string;
  /** Rows in all. */
  readonly count: number;
  /** Everything that the rows depend on, as text: another key reads them anew. */
  readonly rowsKey: string;
  readonly load: LoadRows<Row>;
  readonly file?: ListFile<Row>;
  /** Draws a row; file names in it must go through `visibleText` or `shownName`. */
  readonly children: (row: Row, index: number) => ReactNode;
}

const pageSize = 100;
const keptPages = 20;
/** Pixels of a row of one line; rows that need more are measured. */
const usualRow = 22;

/** A list of any length: rows are read and drawn when they come into view. */
export function LongList<Row>({ label, count, rowsKey, load, file, children }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const pages = usePages({ load, total: count, rowsKey, pageSize, keep: keptPages });
  // eslint-disable-next-line react-hooks/incompatible-library -- the list is drawn anew at each scroll, as it has to be
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => usualRow,
    overscan: 8,
  });
  const rows = virtualizer.getVirtualItems();
  const from = rows[0]?.index ?? 0;
  const to = (rows.at(-1)?.index ?? -1) + 1;
  useWanted(pages, from, to);
  return (
    <div className="space-y-1.5">
      <PagesFailure pages={pages} />
      <div
        ref={scroller}
        tabIndex={0}
        role="group"
        aria-label={label}
        className="relative max-h-48 overflow-auto text-xs text-ink-2"
      >
        <ul className="relative" style={{ height: `${String(virtualizer.getTotalSize())}px` }}>
          {rows.map(({ index, start, key }) => {
            const row = pages.at(index);
            return (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                aria-setsize={count}
                aria-posinset={index + 1}
                className="absolute inset-x-0 top-0 py-0.5 wrap-anywhere"
                style={{ transform: `translateY(${String(start)}px)` }}
              >
                {row === undefined ? <span className="text-ink-3">…</span> : children(row, index)}
              </li>
            );
          })}
        </ul>
      </div>
      {file !== undefined && <ListDownload file={file} load={load} count={count} />}
    </div>
  );
}

/** Saves all rows, also those that were never looked at. */
function ListDownload<Row>({ file, load, count }: Required<Pick<Props<Row>, 'file' | 'load' | 'count'>>) {
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const save = async (): Promise<void> => {
    setWorking(true);
    setFailure(null);
    try {
      const rows = await readAllRows(load, count);
      const csv = toCsv({ columns: file.columns, rows: rows.map(file.cells) });
      saveBlob(new Blob([csv], { type: 'text/csv' }), file.fileName);
    } catch (thrown) {
      setFailure(toFailure(thrown));
    }
    setWorking(false);
  };
  return (
    <>
      <Button size="small" tone="quiet" disabled={working} onClick={() => void save()}>
        <Download aria-hidden className="size-3.5" />
        Download as CSV
      </Button>
      {failure !== null && <FailureNotice failure={failure} />}
    </>
  );
}
