import type { Network } from '../networks/network';
import { centerView } from '../shared/imageSet';
import type { ImageSet, View } from '../shared/imageSet';
import type { Rng } from '../shared/rng';
import type { Settings } from '../shared/settings';
import { observeImages } from './evaluate';
import type { Matrix } from './pseudoLabels';
import { drawView } from './sampling';

type ViewSettings = Pick<Settings, 'pairAugmentation' | 'augmentation'>;

/**
 * Features of the source images of all pairs by the untouched source models, computed once before adaptation.
 * `[source][view]`, each `[pairs, features]`.
 */
export type SourcePairFeatures = readonly (readonly Matrix[])[];

/** A pair of a step: which one, which cached view of its source image, and how its target image is cut. */
export interface PairDraw {
  readonly pair: number;
  readonly sourceView: number;
  readonly targetView: View;
}

const mirrored: View = { ...centerView, flip: true };

/** Cuts that both images of a pair can share. */
const sharedViews = (augmentation: Settings['augmentation']): readonly View[] =>
  augmentation === 'none' ? [centerView] : [centerView, mirrored];

/**
 * Computes the source side. `shared`: the centre cut and its mirror image. `independent`: one cut for each pair,
 * drawn here and kept for the whole run (released code).
 */
export async function sourcePairFeatures(
  networks: readonly Network[],
  source: ImageSet,
  settings: ViewSettings,
  rng: Rng,
  batchSize: number,
): Promise<SourcePairFeatures> {
  const pairs = Array.from({ length: source.count }, (_, index) => index);
  const views =
    settings.pairAugmentation === 'shared'
      ? sharedViews(settings.augmentation).map((view) => pairs.map(() => view))
      : [pairs.map(() => drawView(rng, settings.augmentation))];
  const ofView: Matrix[][] = [];
  for (const cuts of views) {
    const requests = cuts.map((view, index) => ({ index, view }));
    ofView.push((await observeImages(networks, source, requests, batchSize)).map(({ features }) => features));
  }
  return networks.map((_, k) => ofView.flatMap((matrices) => matrices[k] ?? []));
}

/** How a pair is cut this time. */
export function drawPairViews(pairs: readonly number[], settings: ViewSettings, rng: Rng): PairDraw[] {
  return pairs.map((pair) => {
    if (settings.pairAugmentation === 'independent') {
      return { pair, sourceView: 0, targetView: drawView(rng, settings.augmentation) };
    }
    const views = sharedViews(settings.augmentation);
    const sourceView = views.length === 1 ? 0 : rng.integer(views.length);
    return { pair, sourceView, targetView: views[sourceView] ?? centerView };
  });
}

/** Source features of the drawn pairs: one `[pairs, features]` a source. */
export function gatherSourceFeatures(features: SourcePairFeatures, draws: readonly PairDraw[]): Matrix[] {
  return features.map((views) => {
    const columns = views[0]?.columns ?? 0;
    const values = new Float32Array(draws.length * columns);
    draws.forEach(({ pair, sourceView }, at) => {
      values.set(views[sourceView]?.values.subarray(pair * columns, (pair + 1) * columns) ?? [], at * columns);
    });
    return { rows: draws.length, columns, values };
  });
}
