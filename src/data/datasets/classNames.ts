import { orderClasses } from '../catalog';
import type { DatasetHints } from './dataset';
import type { DatasetQuestion } from '../../shared/datasets';

/** What stays of a name when its writing is left aside: `02. Living Room` and `living_room` are the same class. */
const loosely = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/^\d+\s*[._-]\s*/, '')
    .replace(/[\s_-]+/g, '_')
    .replace(/^_|_$/g, '');

/**
 * The classes of a dataset that the model names, written as the model writes them.
 * @returns name in the dataset -> name in the model
 */
export function namesOfModel(names: Iterable<string>, { modelClasses }: DatasetHints): Map<string, string> {
  const known = new Map((modelClasses ?? []).map((name) => [loosely(name), name]));
  const found = new Map<string, string>();
  for (const name of names) {
    const inModel = known.get(loosely(name));
    if (inModel !== undefined) found.set(name, inModel);
  }
  return found;
}

/** Counts of names, in the order of classes. */
export function countNames(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(orderClasses(counts.keys()).map((name) => [name, counts.get(name) ?? 0]));
}

/** The question which classes are the task; all others may become pairs. */
export function classQuestion(
  counts: ReadonlyMap<string, number>,
  chosen: readonly string[],
  help: string,
): DatasetQuestion {
  return {
    key: 'classes',
    label: 'Which classes does the source model tell apart?',
    help,
    options: [...counts].map(([value, count]) => ({ value, label: `${value} (${count})` })),
    multiple: true,
    chosen,
  };
}
