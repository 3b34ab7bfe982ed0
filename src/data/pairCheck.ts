import { StudioError } from '../shared/failure';
import { createRng } from '../shared/rng';
import { mapConcurrently } from './concurrency';
import { contentKeyOf } from './digest';
import { edgeCorrelation, edgeMap } from './edges';
import { spreadIndices } from './folder';
import type { EdgeMap } from './edges';
import type { OpenedFolder } from './folder';
import type { Pairing } from './pairing';
import type { RawImage } from '../formats/images/format';
import type { PairCheck } from '../shared/pairs';

type CheckedFolder = Pick<OpenedFolder, 'entries' | 'raw'>;

/** Pairs that are looked at. */
const sampleSize = 48;
/** With fewer, chance is too wide to say anything. */
const fewestToJudge = 8;
const worstShown = 12;
const readAtOnce = 4;
/** How often each picture is compared with one that is not its partner. */
const shuffles = 4;
/** Shapes differ when width to height does by more than this share. */
const shapeTolerance = 0.02;

/**
 * What the correlation of partners exceeds that of strangers by. Measured with this very sample on the shared sets:
 *
 *     set (pairs)            right     shifted by one    target mirrored
 *     EPFL RGB-NIR (182)     0.53       0.01              0.08
 *     NYU depth    (210)     0.25      -0.01              0.04
 */
const alignedExcess = 0.13;
const unpairedExcess = 0.06;

interface Picture {
  readonly edges: EdgeMap;
  readonly contentKey: string;
  readonly aspect: number;
}

interface SampledPair {
  /** Position in the pairing. */
  readonly index: number;
  readonly rgb: Picture & { readonly path: string };
  readonly target: Picture & { readonly path: string };
}

async function look(raw: RawImage): Promise<Picture> {
  return { edges: edgeMap(raw), contentKey: await contentKeyOf(raw), aspect: raw.width / raw.height };
}

/**
 * The pairs of the sample; those with a file that cannot be read are left out, as a run will do.
 * @throws StudioError of a file when none can be read
 */
async function readSample(
  { matches }: Pick<Pairing, 'matches'>,
  rgb: CheckedFolder,
  target: CheckedFolder,
): Promise<SampledPair[]> {
  const read = async (folder: CheckedFolder, at: number): Promise<SampledPair['rgb']> => ({
    ...(await look(await folder.raw(at))),
    path: folder.entries[at]?.path ?? '',
  });
  const indices = spreadIndices(matches.length, sampleSize);
  const outcomes = await mapConcurrently(indices, readAtOnce, async (index): Promise<SampledPair | StudioError> => {
    const [i, j] = matches[index] ?? [0, 0];
    try {
      return { index, rgb: await read(rgb, i), target: await read(target, j) };
    } catch (error) {
      if (error instanceof StudioError) return error;
      throw error;
    }
  });
  const pairs = outcomes.flatMap((outcome) => (outcome instanceof StudioError ? [] : [outcome]));
  const failure = outcomes.find((outcome) => outcome instanceof StudioError);
  if (pairs.length === 0 && failure instanceof StudioError) throw failure;
  return pairs;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean correlation of pictures with the partners of others. */
function shuffledCorrelation(pairs: readonly SampledPair[]): number {
  if (pairs.length < 2) return 0;
  const rng = createRng(pairs.length);
  const values: number[] = [];
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    const turn = 1 + Math.floor(rng.next() * (pairs.length - 1));
    pairs.forEach(({ rgb }, at) => {
      const stranger = pairs[(at + turn) % pairs.length];
      if (stranger) values.push(edgeCorrelation(rgb.edges, stranger.target.edges));
    });
  }
  return mean(values);
}

/** Pictures of one side with the same pixels. */
function duplicatesOf(pictures: readonly (Picture & { readonly path: string })[]): { paths: readonly string[] }[] {
  const byPixels = new Map<string, Set<string>>();
  for (const { contentKey, path } of pictures) {
    byPixels.set(contentKey, (byPixels.get(contentKey) ?? new Set()).add(path));
  }
  return [...byPixels.values()].filter((paths) => paths.size > 1).map((paths) => ({ paths: [...paths] }));
}

/** Edges of two cameras never agree so well: a picture that was stored in another way, as grey in three channels. */
const sameCorrelation = 0.999;

const isSame = ({ rgb, target, correlation }: SampledPair & { readonly correlation: number }): boolean =>
  rgb.contentKey === target.contentKey || correlation >= sameCorrelation;

function verdictOf(sampled: number, same: number, excess: number): PairCheck['verdict'] {
  if (same * 2 > sampled) return 'same';
  if (sampled < fewestToJudge) return 'unclear';
  if (excess >= alignedExcess) return 'aligned';
  return excess < unpairedExcess ? 'unpaired' : 'unclear';
}

/**
 * Whether paired pictures show the same scene: edges of both cameras lie in the same places, whatever the modality. Looks
 * at up to 48 pairs spread over all. The same folders give the same result.
 * @throws StudioError of a file when none of the pairs can be read
 */
export async function checkPairs(
  pairing: Pick<Pairing, 'matches'>,
  rgb: CheckedFolder,
  target: CheckedFolder,
): Promise<PairCheck> {
  const pairs = await readSample(pairing, rgb, target);
  const scored = pairs.map((pair) => ({ ...pair, correlation: edgeCorrelation(pair.rgb.edges, pair.target.edges) }));
  const correlation = mean(scored.map((pair) => pair.correlation));
  const shuffled = shuffledCorrelation(pairs);
  return {
    sampled: pairs.length,
    correlation,
    shuffled,
    verdict: verdictOf(pairs.length, scored.filter(isSame).length, correlation - shuffled),
    differentShapes: pairs.filter((pair) => Math.abs(pair.rgb.aspect / pair.target.aspect - 1) > shapeTolerance).length,
    duplicates: [...duplicatesOf(pairs.map((pair) => pair.rgb)), ...duplicatesOf(pairs.map((pair) => pair.target))],
    worst: scored
      .sort((a, b) => a.correlation - b.correlation)
      .slice(0, worstShown)
      .map((pair) => ({
        index: pair.index,
        rgb: pair.rgb.path,
        target: pair.target.path,
        correlation: pair.correlation,
      })),
  };
}
