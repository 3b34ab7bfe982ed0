import { toFailure, type Failure } from '../../shared/failure';

/** A long table that lives in the engine, of which the page holds what is in view and a little around it. */
export interface Pages<Row> {
  /** Rows `from` to `to` (not included) are in view: what is missing of them is asked for, the newest wish first. */
  readonly want: (from: number, to: number) => void;
  /** The row, or undefined until it has come. */
  readonly at: (index: number) => Row | undefined;
  /** Why rows that were wanted last did not come. */
  readonly failure: () => Failure | null;
  /** Asks again for what failed. */
  readonly retry: () => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Changes whenever `at` or `failure` may answer differently. */
  readonly version: () => number;
}

/** Rows `from` to `from + count` (not included) of the table. */
export type LoadRows<Row> = (from: number, count: number) => Promise<readonly Row[]>;

interface Options<Row> {
  readonly load: LoadRows<Row>;
  /** Rows of the whole table. */
  readonly total: number;
  /** Rows of one question. */
  readonly pageSize: number;
  /** Pages that are kept; the one that was out of view for longest goes first. At least those of one view. */
  readonly keep: number;
}

/** Questions that wait for the engine at the same time: one is answered while the next is already there. */
const inFlight = 2;

/** The pages that hold the rows `from` to `to` (not included). */
function pagesOf(from: number, to: number, pageSize: number): readonly number[] {
  const first = Math.max(0, Math.floor(from / pageSize));
  const last = Math.floor((to - 1) / pageSize);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}

/** Drops the oldest pages until `keep` are left, but none that is wanted. */
function evict(pages: Map<number, unknown>, wanted: readonly number[], keep: number): void {
  for (const page of pages.keys()) {
    if (pages.size <= Math.max(keep, wanted.length)) return;
    if (!wanted.includes(page)) pages.delete(page);
  }
}

/**
 * Reads a long table page by page. However fast a person scrolls, no more than two questions are on their way, and what
 * was scrolled past before its turn came is never asked for.
 */
export function createPages<Row>({ load, total, pageSize, keep }: Options<Row>): Pages<Row> {
  const pages = new Map<number, readonly Row[]>(); // in order of use: the first is the oldest
  const asked = new Set<number>();
  const listeners = new Set<() => void>();
  let wanted: readonly number[] = [];
  let failure: Failure | null = null;
  let version = 0;

  const tell = (): void => {
    version += 1;
    listeners.forEach((listener) => {
      listener();
    });
  };
  const ask = async (page: number): Promise<void> => {
    asked.add(page);
    const from = page * pageSize;
    try {
      pages.set(page, await load(from, Math.min(pageSize, total - from)));
      evict(pages, wanted, keep);
    } catch (thrown) {
      failure = toFailure(thrown);
    }
    asked.delete(page);
    tell();
    askNext();
  };
  const askNext = (): void => {
    if (failure !== null) return; // the person decides when to try again
    for (const page of wanted) {
      if (asked.size >= inFlight) return;
      if (!pages.has(page) && !asked.has(page)) void ask(page);
    }
  };
  return {
    want(from, to) {
      wanted = pagesOf(from, Math.min(to, total), pageSize);
      for (const page of wanted) {
        const rows = pages.get(page);
        if (rows !== undefined && pages.delete(page)) pages.set(page, rows);
      }
      askNext();
    },
    at: (index) => pages.get(Math.floor(index / pageSize))?.[index % pageSize],
    failure: () => failure,
    retry() {
      failure = null;
      tell();
      askNext();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    version: () => version,
  };
}

/** Every row of a table, in questions of `step` rows. */
export async function readAllRows<Row>(load: LoadRows<Row>, total: number, step = 2000): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let from = 0; from < total; from += step) rows.push(...(await load(from, Math.min(step, total - from))));
  return rows;
}
