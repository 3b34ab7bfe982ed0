import { RE2JS, RE2JSException } from 're2js';
import { StudioError } from '../shared/failure';
import { below, withoutExtension } from './paths';
import type { CatalogEntry } from './catalog';
import type { OpenedFolder } from './folder';

/** What pairing needs to know of a folder. */
export type PairableFolder = Pick<OpenedFolder, 'name' | 'root' | 'entries'> &
  Partial<Pick<OpenedFolder, 'contentKeys'>>;

/** Name that partners share; null where an image has none. */
export type PairKey = (entry: CatalogEntry) => string | null;

/** Letter case and Unicode form left aside: folders were copied between systems. */
const comparable = (name: string): string => name.normalize('NFC').toLowerCase();

/** Path below a directory without ending. */
export const stemKey =
  (directory: string): PairKey =>
  ({ path }) =>
    comparable(withoutExtension(below(directory, path)));

/** As the importer of a dataset says. */
export const datasetKey: PairKey = ({ pairKey }) => pairKey ?? null;

/** Stands between the groups of a key, so that `ab` + `c` and `a` + `bc` are two names. */
const groupSeparator = '\u001f';
/** A key as people read it. */
export const shownKey = (key: string): string => key.replaceAll(groupSeparator, ' ').trim();

const longestExpression = 500;
/** For all names of a folder together, milliseconds. */
const patience = 5000;

const sideWords = { rgb: 'RGB images', target: 'target images' } as const;
const patternRemedy =
  'Put ( ) around the part of the path that both pictures share, for example ^(.*)_rgb\\. and ^(.*)_depth\\. : look-ahead and back references are not known here.';

function badExpression(side: keyof typeof sideWords, expression: string, fault: string): StudioError {
  return new StudioError({
    code: 'bad-setting',
    message: `The expression for ${sideWords[side]}, "${expression}", ${fault}.`,
    remedy: patternRemedy,
  });
}

function compile(side: keyof typeof sideWords, expression: string): RE2JS {
  if (expression.length > longestExpression) {
    throw badExpression(
      side,
      expression.slice(0, 40),
      `has ${expression.length} characters, more than ${longestExpression}`,
    );
  }
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw badExpression(side, expression, `cannot be read: ${error.message.replace(/^error parsing regexp: /, '')}`);
  }
}

/**
 * The groups of an expression, joined, over the path below a directory, ending included; the expression may match any
 * part of it. Matching takes time linear in the path whatever the expression is (the automata of RE2, no backtracking),
 * so that no expression can hang the studio; one that is slow over a whole folder is given up.
 * @throws StudioError `bad-setting` for an expression that cannot be read, has no group, or takes more than 5 s
 */
export function patternKey(side: keyof typeof sideWords, expression: string, directory: string): PairKey {
  const compiled = compile(side, expression);
  const groups = compiled.groupCount();
  if (groups === 0) throw badExpression(side, expression, 'has no group');
  let spent = 0;
  return ({ path }) => {
    const start = performance.now();
    const matcher = compiled.matcher(below(directory, path));
    const found = matcher.find();
    spent += performance.now() - start;
    if (spent > patience) throw badExpression(side, expression, 'takes too long over the names of this folder');
    if (!found) return null;
    return comparable(
      Array.from({ length: groups }, (_, group) => matcher.group(group + 1) ?? '').join(groupSeparator),
    );
  };
}
