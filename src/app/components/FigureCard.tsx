import { Download, Table2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { toCsv, type DataTable } from '../state/csv';
import { saveBlob } from '../state/saveBlob';
import { Button } from './Button';
import { TableTwin } from './TableTwin';

interface Props {
  readonly title: string;
  /** What is shown and of what, in one line. */
  readonly subtitle?: ReactNode;
  readonly controls?: ReactNode;
  /** Full-resolution numbers, made only when they are asked for. */
  readonly table: () => DataTable;
  readonly children: ReactNode;
  readonly className?: string;
}

/** A picture with its table twin and its numbers as a file. */
export function FigureCard({ title, subtitle, controls, table, children, className = '' }: Props) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={`flex min-w-0 flex-col rounded-lg border border-line bg-surface ${className}`}>
      <figcaption className="flex flex-wrap items-start gap-x-3 gap-y-1 px-4 pt-3">
        <div className="min-w-0 flex-1">
          <h3 className="text-sm font-semibold">{title}</h3>
          {subtitle !== undefined && <p className="text-xs text-ink-3">{subtitle}</p>}
        </div>
        <div className="flex items-center">
          <Button
            size="small"
            tone="quiet"
            aria-pressed={asTable}
            aria-label={`${title} as a table`}
            title="Numbers as a table"
            className={asTable ? 'bg-accent-soft' : ''}
            onClick={() => {
              setAsTable(!asTable);
            }}
          >
            <Table2 aria-hidden className="size-4" />
          </Button>
          <Button
            size="small"
            tone="quiet"
            aria-label={`${title} as CSV`}
            title="Save the numbers as CSV"
            onClick={() => {
              const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
              saveBlob(new Blob([toCsv(table())], { type: 'text/csv' }), `${name}.csv`);
            }}
          >
            <Download aria-hidden className="size-4" />
          </Button>
        </div>
      </figcaption>
      {controls !== undefined && !asTable && (
        <div className="flex flex-wrap items-center gap-2 px-4 pt-2">{controls}</div>
      )}
      <div className="min-w-0 flex-1 px-4 pt-2 pb-3">
        {asTable ? <TableTwin caption={title} table={table()} /> : children}
      </div>
    </figure>
  );
}
