import type { Cell, DataTable } from '../state/csv';
import { measured } from '../state/units';
import { shownName } from '../state/shownName';

interface Props {
  readonly caption: string;
  readonly table: DataTable;
}

/** The numbers behind a picture. */
export function TableTwin({ caption, table }: Props) {
  return (
    <div
      className="relative max-h-72 overflow-auto rounded-md border border-line"
      tabIndex={0}
      role="group"
      aria-label={caption}
    >
      <table className="numeric-table w-full text-xs">
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 bg-sunken text-ink-2">
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col" className="px-2 font-medium first:pl-2!">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at} className="border-t border-line">
              {row.map((cell, column) => (
                <td key={column} className="first:pl-2!">
                  {shownCell(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shownCell(cell: Cell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return shownName(cell);
  return Number.isInteger(cell) ? String(cell) : measured(cell);
}
