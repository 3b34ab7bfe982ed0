export type Cell = string | number | null;

/** A table as a person or a spreadsheet reads it; every picture has one. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

function quoted(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180 with a header row and `\r\n`. */
export function toCsv(table: DataTable): string {
  return [table.columns, ...table.rows].map((row) => row.map(quoted).join(',')).join('\r\n') + '\r\n';
}
