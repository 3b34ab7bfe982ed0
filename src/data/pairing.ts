import { StudioError } from '../shared/failure';
import { selectImages } from './batches';
import { datasetKey, patternKey, shownKey, stemKey } from './pairKeys';
import { proposeRule, proposeSides } from './pairProposal';
import { plainOrder } from './paths';
import type { PairableFolder, PairKey } from './pairKeys';
import type { ImageSet, PairSet } from '../shared/imageSet';
import type { PairRule, PairSummary } from '../shared/pairs';

/** Which images of two folders show the same scene. */
export interface Pairing {
  readonly rule: PairRule;
  /** `[index in the RGB folder, index in the target folder]`, in the order of the RGB folder. */
  readonly matches: readonly (readonly [number, number])[];
  /** Paths without a partner, those with an ambiguous name included. */
  readonly unmatchedRgb: readonly string[];
  readonly unmatchedTarget: readonly string[];
  /** Names that stand for several files of one folder, so that no partner can be named. */
  readonly ambiguous: readonly string[];
  /** Pairs by the rule that were left out, because both sides show the same picture. */
  readonly sameCount: number;
  /** Said when fewer than half of the names match, or when an order of unequal length was paired. */
  readonly warning: string | null;
  summary(): PairSummary;
}

const examplesShown = 5;
/** Of a list in a summary; the page asks for the rest when it is looked at. */
const namesShown = 200;

/** Indices by key; a key of several files is a name that cannot be paired. */
function indexByKey({ entries }: PairableFolder, keyOf: PairKey): Map<string, number[]> {
  const indices = new Map<string, number[]>();
  entries.forEach((entry, index) => {
    const key = keyOf(entry);
    if (key === null) return;
    const known = indices.get(key);
    if (known) known.push(index);
    else indices.set(key, [index]);
  });
  return indices;
}

/**
 * Directories that names may be relative to: what all images have in common, or only the dropped folder, for when one
 * side has a single subfolder and the other has several.
 */
function possibleRoots({ root }: PairableFolder): string[] {
  const dropped = root.split('/')[0] ?? '';
  return dropped === root ? [root] : [root, dropped];
}

interface Match {
  readonly pairs: readonly (readonly [number, number])[];
  readonly ambiguous: readonly string[];
}

function matchKeys(rgb: ReadonlyMap<string, readonly number[]>, target: ReadonlyMap<string, readonly number[]>): Match {
  const pairs: (readonly [number, number])[] = [];
  const ambiguous = [...target].filter(([, indices]) => indices.length > 1).map(([key]) => key);
  for (const [key, rgbIndices] of rgb) {
    const targetIndices = target.get(key) ?? [];
    const [i, j] = [rgbIndices[0], targetIndices[0]];
    if (rgbIndices.length > 1) ambiguous.push(key);
    else if (targetIndices.length === 1 && i !== undefined && j !== undefined) pairs.push([i, j]);
  }
  return { pairs, ambiguous: [...new Set(ambiguous)].map(shownKey).sort(plainOrder) };
}

function matchStems(rgb: PairableFolder, target: PairableFolder): Match {
  let best: Match | null = null;
  for (const rgbRoot of possibleRoots(rgb)) {
    for (const targetRoot of possibleRoots(target)) {
      const match = matchKeys(indexByKey(rgb, stemKey(rgbRoot)), indexByKey(target, stemKey(targetRoot)));
      if (!best || match.pairs.length > best.pairs.length) best = match;
    }
  }
  return best ?? { pairs: [], ambiguous: [] };
}

function matchBy(rule: PairRule, rgb: PairableFolder, target: PairableFolder): Match {
  switch (rule.kind) {
    case 'stem':
      return matchStems(rgb, target);
    case 'index': {
      const count = Math.min(rgb.entries.length, target.entries.length);
      return { pairs: Array.from({ length: count }, (_, index) => [index, index] as const), ambiguous: [] };
    }
    case 'pattern':
      return matchKeys(
        indexByKey(rgb, patternKey('rgb', rule.rgb, rgb.root)),
        indexByKey(target, patternKey('target', rule.target, target.root)),
      );
    case 'dataset':
      return matchKeys(indexByKey(rgb, datasetKey), indexByKey(target, datasetKey));
  }
}

const noPairsMessage: Readonly<Record<PairRule['kind'], (rgb: PairableFolder, target: PairableFolder) => string>> = {
  stem: (rgb, target) => `None of ${rgb.entries.length} names in "${rgb.name}" match a name in "${target.name}".`,
  index: (rgb, target) => `"${rgb.name}" or "${target.name}" is empty, so there is nothing to pair.`,
  pattern: (rgb, target) =>
    `The expressions give no name that "${rgb.name}" and "${target.name}" share (${rgb.entries.length} and ${target.entries.length} images).`,
  dataset: (rgb, target) => `"${rgb.name}" and "${target.name}" were not imported as pairs of one dataset.`,
};

function noPairs(rule: PairRule, rgb: PairableFolder, target: PairableFolder): StudioError {
  const examples = ({ entries }: PairableFolder): string =>
    entries
      .slice(0, 3)
      .map(({ path }) => `"${path}"`)
      .join(', ');
  const proposal = rule.kind === 'stem' ? proposeRule(rgb, target, 0) : null;
  return new StudioError({
    code: 'no-pairs',
    message: noPairsMessage[rule.kind](rgb, target),
    remedy: proposal ?? 'Give the two pictures of a scene the same file name in both folders; the ending may differ.',
    detail: `RGB: ${examples(rgb)}\nTarget: ${examples(target)}`,
  });
}

/**
 * A match without what is no pair: the same picture on both sides teaches nothing.
 * @throws StudioError `no-pairs` when that is most of what can be compared
 */
function withoutSame(
  match: Match,
  rgb: PairableFolder,
  target: PairableFolder,
): Match & { readonly sameCount: number } {
  const keysOf = ([i, j]: readonly [number, number]): readonly [string | null, string | null] => [
    rgb.contentKeys?.[i] ?? null,
    target.contentKeys?.[j] ?? null,
  ];
  const isSame = (pair: readonly [number, number]): boolean => {
    const [one, other] = keysOf(pair);
    return one !== null && one === other;
  };
  const pairs = match.pairs.filter((pair) => !isSame(pair));
  const sameCount = match.pairs.length - pairs.length;
  const known = match.pairs.filter((pair) => keysOf(pair).every((key) => key !== null)).length;
  if (sameCount * 2 <= known) return { ...match, pairs, sameCount };
  throw new StudioError({
    code: 'no-pairs',
    message: `Both sides show the same pictures: ${sameCount} of ${known} partners in "${rgb.name}" and "${target.name}" are equal, pixel for pixel.`,
    remedy:
      proposeSides(rgb, target) ??
      'Choose the folder of RGB images on one side, and the folder of depth or infrared images of the same scenes on the other.',
  });
}

/** What to know of a match that leaves much over; null when there is nothing. */
function warningOf(rule: PairRule, { pairs }: Match, rgb: PairableFolder, target: PairableFolder): string | null {
  const [rgbCount, targetCount] = [rgb.entries.length, target.entries.length];
  if (rule.kind === 'index') {
    return rgbCount === targetCount
      ? null
      : `Paired in order, but there are ${rgbCount} RGB images and ${targetCount} target images: if one is missing in between, all pairs after it are wrong.`;
  }
  const names = Math.max(rgbCount, targetCount);
  if (pairs.length * 2 >= names) return null;
  const matched = `Only ${pairs.length} of ${names} names match.`;
  if (rule.kind !== 'stem') return matched;
  return `${matched} ${proposeRule(rgb, target, pairs.length) ?? 'Expected the same file name in both folders.'}`;
}

/**
 * Pairs the images of two folders. By `stem`, the rule unless another is chosen, nothing is guessed from order or from
 * suffixes such as `_rgb`: a wrong pair would teach the network nonsense without anyone noticing. What another rule
 * would give is proposed in words.
 * @throws StudioError `no-pairs`, with names of both sides, also when both sides are the same pictures; `bad-setting` for a pattern that cannot be used
 */
export function pairFolders(rgb: PairableFolder, target: PairableFolder, rule: PairRule = { kind: 'stem' }): Pairing {
  const found = matchBy(rule, rgb, target);
  if (found.pairs.length === 0) throw noPairs(rule, rgb, target);
  const match = withoutSame(found, rgb, target);
  const { ambiguous, sameCount } = match;
  const matches = [...match.pairs].sort((a, b) => a[0] - b[0]);
  const unmatched = ({ entries }: PairableFolder, side: 0 | 1): string[] => {
    const used = new Set(matches.map((pair) => pair[side]));
    return entries.filter((_, index) => !used.has(index)).map(({ path }) => path);
  };
  const [unmatchedRgb, unmatchedTarget] = [unmatched(rgb, 0), unmatched(target, 1)];
  return {
    rule,
    matches,
    unmatchedRgb,
    unmatchedTarget,
    ambiguous,
    sameCount,
    warning: warningOf(rule, match, rgb, target),
    summary: () => ({
      rule,
      matched: matches.length,
      unmatchedRgbCount: unmatchedRgb.length,
      unmatchedTargetCount: unmatchedTarget.length,
      ambiguousCount: ambiguous.length,
      ambiguous: ambiguous.slice(0, namesShown),
      unmatchedRgb: unmatchedRgb.slice(0, namesShown),
      unmatchedTarget: unmatchedTarget.slice(0, namesShown),
      examples: matches
        .slice(0, examplesShown)
        .map(([i, j]) => ({ rgb: rgb.entries[i]?.path ?? '', target: target.entries[j]?.path ?? '' })),
    }),
  };
}

/**
 * The matched images of two sets, pair by pair.
 * @param rgb the whole RGB folder, in its order
 * @param target the whole target folder, in its order
 */
export function createPairSet({ matches }: Pick<Pairing, 'matches'>, rgb: ImageSet, target: ImageSet): PairSet {
  return {
    source: selectImages(
      rgb,
      matches.map(([i]) => i),
    ),
    target: selectImages(
      target,
      matches.map(([, j]) => j),
    ),
  };
}
