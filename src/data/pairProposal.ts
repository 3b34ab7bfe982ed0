import { patternKey } from './pairKeys';
import { baseName, withoutExtension } from './paths';
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
    return `Pair by a rule: the expressions ${expressions[0]} for RGB and ${expressions[1]} for target images would give ${pairs} pairs of ${images}. Or give both pictures of a scene the same file name.`;
  }
  if (rgb.entries.length !== target.entries.length || !enough(images)) return null;
  return `Pair in order if the first picture of one folder belongs to the first of the other, and so on: both have ${images} images. Or give both pictures of a scene the same file name.`;
}
