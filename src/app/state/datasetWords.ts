import type { DatasetSummary } from '../../shared/datasets';
import type { ModelSummary } from '../../shared/modelSummary';
import { shownName } from './shownName';
import { plural } from './units';

/** Class names that are written in different ways are the same name: `Living Room`, `living_room`. */
const plainName = (name: string): string => name.toLowerCase().replace(/[\s_-]+/g, '');

const namesShown = 3;

const someNames = (names: readonly string[]): string =>
  `${names.slice(0, namesShown).map(shownName).join(', ')}${names.length > namesShown ? ', …' : ''}`;

/** Says that a model whose file names its classes knows none of those that a dataset would give; null where it does. */
export function foreignClasses(
  models: readonly Pick<ModelSummary, 'classes' | 'classesFrom'>[],
  { classes }: Pick<DatasetSummary, 'classes'>,
): string | null {
  const model = models.find(({ classesFrom }) => classesFrom === 'file');
  if (model === undefined || classes.length === 0) return null;
  const known = new Set(model.classes.map(plainName));
  const names = classes.map(({ name }) => name);
  if (names.some((name) => known.has(plainName(name)))) return null;
  return `The source model knows none of these classes: it tells ${someNames(model.classes)} apart, the dataset gives ${someNames(names)}. There will be no accuracy, and adapting makes no sense unless both mean the same things.`;
}

/** What an import opened, in one line. */
export function importWords({ title, name, target, pairs, test, classes }: DatasetSummary): string {
  const parts = [
    target > 0 ? plural(target, 'target image') : '',
    pairs > 0 ? plural(pairs, 'pair') : '',
    test > 0 ? plural(test, 'labelled test image') : '',
  ].filter(Boolean);
  const ofClasses = classes.length > 0 ? ` of ${plural(classes.length, 'class', 'classes')}` : '';
  return `Imported from ${title} (${shownName(name)}): ${parts.join(', ')}${ofClasses}.`;
}
