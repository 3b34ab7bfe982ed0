import { patternKey } from './pairKeys';
import { baseName, below, withoutExtension } from './paths';
import { namedAs } from './transforms/namedAs';
import type { PairableFolder } from './pairKeys';

/** What all names of a folder begin and end with. */
interface Affixes {
  readonly prefix: string;
  readonly suffix: string;
}

function commonPrefix(names: readonly string[]): string {
  let prefix = names[0] ?? '';
  for (const name of names) {
    let shared = 0;
    while (shared < Math.min(prefix.length, name.length) && prefix[shared] === name[shared]) shared++;
    prefix = prefix.slice(0, shared);
  }
  return prefix;
}

/** The text reversed by code units: only compared and reversed back. */
const reversed = (text: string): string => Array.from({ length: text.length }, (_, at) => text.at(-1 - at)).join('');

/**
 * What all names begin with, up to a separator or to a number. Numbers are what names differ in: they do not belong to
 * it, even where all begin with `000`; nor does a letter that two words happen to share.
 */
function wholeWords(names: readonly string[]): string {
  const prefix = commonPrefix(names).replace(/\d+$/, '');
  if (names.every((name) => /\d/.test(name[prefix.length] ?? ''))) return prefix;
  return /^(?:.*[^\p{L}\p{N}])?/su.exec(prefix)?.[0] ?? '';
}

function affixesOf({ entries }: PairableFolder): Affixes {
  const names = entries.map(({ path }) => withoutExtension(baseName(path)));
  const prefix = wholeWords(names);
  return { prefix, suffix: reversed(wholeWords(names.map((name) => reversed(name.slice(prefix.length))))) };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** The folders and the part of the name between what all names begin and end with. */
const between = ({ prefix, suffix }: Affixes): string =>
  `^(.*/)?${escaped(prefix)}([^/]*?)${escaped(suffix)}(?:\\.[^./]*)?$`;

/** The last number of the name, for when names share nothing else. */
const lastNumber = '(\\d+)[^0-9/]*$';

/** Words for pictures of a usual camera, and for others. */
const rgbWord = /^(?:rgb|colou?r|image|img|visible|vis)$/i;

/** Where names may say which camera took a picture: `0001_rgb`, `rgb_0001`, `rgb/0001`. */
const markedNames: readonly { readonly parts: RegExp; readonly expression: (mark: string) => string }[] = [
  { parts: /[_\-. ]([^_\-. /]+)(?:\.[^./]*)?$/, expression: (mark) => `^(.*)[^A-Za-z0-9/]${mark}(?:\\.[^./]*)?$` },
  {
    parts: /(?:^|\/)([^_\-. /]+)[_\-. ][^/]*$/,
    expression: (mark) => `^(.*/)?${mark}[^A-Za-z0-9/]([^/]*?)(?:\\.[^./]*)?$`,
  },
  { parts: /^([^/]+)\//, expression: (mark) => `^${mark}/(.*?)(?:\\.[^./]*)?$` },
];

/** The word for RGB pictures that most names have in one place, and the commonest other that says something else. */
function marksOf({ root, entries }: PairableFolder, parts: RegExp): readonly [string, string] | null {
  const counts = new Map<string, number>();
  for (const { path } of entries) {
    const mark = parts.exec(below(root, path))?.[1];
    if (mark !== undefined) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  }
  const marks = [...counts].sort((a, b) => b[1] - a[1]).map(([mark]) => mark);
  const rgb = marks.find((mark) => rgbWord.test(mark));
  const other = marks.find((mark) => namedAs([mark]) !== null);
  return rgb === undefined || other === undefined ? null : [rgb, other];
}

/** Names that one image of each folder has. */
function countMatches(rgb: PairableFolder, target: PairableFolder, expressions: readonly [string, string]): number {
  const count = (keys: readonly (string | null)[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const key of keys) if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const rgbKeys = count(rgb.entries.map(patternKey('rgb', expressions[0], rgb.root)));
  const targetKeys = count(target.entries.map(patternKey('target', expressions[1], target.root)));
  return [...rgbKeys].filter(([key, images]) => images === 1 && targetKeys.get(key) === 1).length;
}

const inWords = ([rgb, target]: readonly [string, string], pairs: number, images: number): string =>
  `Pair by a rule: the expressions ${rgb} for RGB and ${target} for target images would give ${pairs} pairs of ${images}.`;

/**
 * A rule for when both sides hold the pictures of both cameras: two expressions, from words in their names such as
 * `_rgb` and `_depth`, checked on all of them.
 * @returns null when no such words promise that at least half of the images of a side are in pairs
 */
export function proposeSides(rgb: PairableFolder, target: PairableFolder): string | null {
  const images = Math.max(rgb.entries.length, target.entries.length);
  for (const { parts, expression } of markedNames) {
    const marks = marksOf(rgb, parts);
    if (!marks) continue;
    const expressions = [expression(escaped(marks[0])), expression(escaped(marks[1]))] as const;
    const pairs = countMatches(rgb, target, expressions);
    // Two images of the folder make one pair.
    if (pairs * 4 >= images) return inWords(expressions, pairs, images);
  }
  return null;
}

/**
 * What else to pair two folders by, as a remedy in words: two expressions, found from what the names of each folder have
 * in common and checked on all of them, or else the order. Nothing is paired: a person decides.
 * @param matched pairs that there are already
 * @returns null when nothing promises at least half of the images and more than there are
 */
export function proposeRule(rgb: PairableFolder, target: PairableFolder, matched: number): string | null {
  const images = Math.max(rgb.entries.length, target.entries.length);
  const enough = (pairs: number): boolean => pairs > matched && pairs * 2 >= images;
  const [rgbAffixes, targetAffixes] = [affixesOf(rgb), affixesOf(target)];
  const named = [rgbAffixes, targetAffixes].some(({ prefix, suffix }) => prefix !== '' || suffix !== '');
  const proposals: (readonly [string, string])[] = [
    ...(named ? [[between(rgbAffixes), between(targetAffixes)] as const] : []),
    [lastNumber, lastNumber],
  ];
  for (const expressions of proposals) {
    const pairs = countMatches(rgb, target, expressions);
    if (!enough(pairs)) continue;
    return `${inWords(expressions, pairs, images)} Or give both pictures of a scene the same file name.`;
  }
  if (rgb.entries.length !== target.entries.length || !enough(images)) return null;
  return `Pair in order if the first picture of one folder belongs to the first of the other, and so on: both have ${images} images. Or give both pictures of a scene the same file name.`;
}
