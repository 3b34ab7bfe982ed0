import { StudioError } from '../shared/failure';
import { selectImages } from './batches';
import { below, plainOrder, withoutExtension } from './paths';
import type { OpenedFolder } from './folder';
import type { ImageSet, PairSet } from '../shared/imageSet';
import type { PairSummary } from '../shared/pairs';

/** Which images of two folders show the same scene. */
export interface Pairing {
  /** `[index in the RGB folder, index in the target folder]`, in the order of the RGB folder. */
  readonly matches: readonly (readonly [number, number])[];
  /** Paths without a partner, those with an ambiguous name included. */
  readonly unmatchedRgb: readonly string[];
  readonly unmatchedTarget: readonly string[];
  /** Names that stand for several files of one folder, so that no partner can be named. */
  readonly ambiguous: readonly string[];
  /** Said when fewer than half of the names match. */
  readonly warning: string | null;
  summary(): PairSummary;
}

export type PairableFolder = Pick<OpenedFolder, 'name' | 'root' | 'entries'>;

const examplesShown = 5;

/** The name that partners share: path below a directory without ending, letter case and Unicode form left aside. */
const pairKey = (directory: string, path: string): string =>
  withoutExtension(below(directory, path)).normalize('NFC').toLowerCase();

/** Indices by key; a key of several files is a name that cannot be paired. */
function indexByKey({ entries }: PairableFolder, directory: string): Map<string, number[]> {
  const indices = new Map<string, number[]>();
  entries.forEach(({ path }, index) => {
    const key = pairKey(directory, path);
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
  readonly pairs: (readonly [number, number])[];
  readonly ambiguous: string[];
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
  return { pairs, ambiguous: [...new Set(ambiguous)].sort(plainOrder) };
}

function bestMatch(rgb: PairableFolder, target: PairableFolder): Match {
  let best: Match | null = null;
  for (const rgbRoot of possibleRoots(rgb)) {
    for (const targetRoot of possibleRoots(target)) {
      const match = matchKeys(indexByKey(rgb, rgbRoot), indexByKey(target, targetRoot));
      if (!best || match.pairs.length > best.pairs.length) best = match;
    }
  }
  return best ?? { pairs: [], ambiguous: [] };
}

function noPairs(rgb: PairableFolder, target: PairableFolder): StudioError {
  const examples = ({ entries }: PairableFolder): string =>
    entries
      .slice(0, 3)
      .map(({ path }) => `"${path}"`)
      .join(', ');
  return new StudioError({
    code: 'no-pairs',
    message: `None of ${String(rgb.entries.length)} names in "${rgb.name}" match a name in "${target.name}".`,
    remedy: 'Give the two pictures of a scene the same file name in both folders; the ending may differ.',
    detail: `RGB: ${examples(rgb)}\nTarget: ${examples(target)}`,
  });
}

/**
 * Pairs the images of two folders by their relative paths without ending. Nothing is guessed from order or from
 * suffixes such as `_rgb`: a wrong pair would teach the network nonsense without anyone noticing.
 * @throws StudioError `no-pairs`, with names of both sides
 */
export function pairFolders(rgb: PairableFolder, target: PairableFolder): Pairing {
  const { pairs, ambiguous } = bestMatch(rgb, target);
  if (pairs.length === 0) throw noPairs(rgb, target);
  const matches = pairs.sort((a, b) => a[0] - b[0]);
  const unmatched = ({ entries }: PairableFolder, side: 0 | 1): string[] => {
    const used = new Set(matches.map((pair) => pair[side]));
    return entries.filter((_, index) => !used.has(index)).map(({ path }) => path);
  };
  const [unmatchedRgb, unmatchedTarget] = [unmatched(rgb, 0), unmatched(target, 1)];
  const names = Math.max(rgb.entries.length, target.entries.length);
  const warning =
    matches.length * 2 < names
      ? `Only ${String(matches.length)} of ${String(names)} names match. Expected the same file name in both folders.`
      : null;
  return {
    matches,
    unmatchedRgb,
    unmatchedTarget,
    ambiguous,
    warning,
    summary: () => ({
      rule: { kind: 'stem' },
      matched: matches.length,
      unmatchedRgbCount: unmatchedRgb.length,
      unmatchedTargetCount: unmatchedTarget.length,
      ambiguousCount: ambiguous.length,
      ambiguous,
      unmatchedRgb,
      unmatchedTarget,
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
