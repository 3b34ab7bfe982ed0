import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { createPages, type LoadRows, type Pages } from './pages';

interface Options<Row> {
  readonly load: LoadRows<Row>;
  readonly total: number;
  /** Everything that the rows depend on, as text: another key forgets them. */
  readonly rowsKey: string;
  readonly pageSize: number;
  readonly keep: number;
}

/** Pages of a long table for a component, which is drawn again whenever some came. */
export function usePages<Row>({ load, total, rowsKey, pageSize, keep }: Options<Row>): Pages<Row> {
  const pages = useMemo(
    () => createPages({ load, total, pageSize, keep }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for what `load` reads
    [rowsKey, total, pageSize, keep],
  );
  useSyncExternalStore(pages.subscribe, pages.version);
  return pages;
}

/** Has the rows `from` to `to` (not included) read, which are in view. */
export function useWanted(pages: Pages<unknown>, from: number, to: number): void {
  useEffect(() => {
    pages.want(from, to);
  }, [pages, from, to]);
}
