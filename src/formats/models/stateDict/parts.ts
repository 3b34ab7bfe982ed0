import { StudioError } from '../../../shared/failure';
import { classifierKey } from './classifier';
import { keysOf, type Keys, type WeightSource } from './keys';
import { resnetHead } from './resnetHead';
import type { StateDict } from './stateDict';

/** The weight that a source model has in a mixture, which programs of the method store as a fourth file. */
function isMixingWeight({ byKey }: Keys): boolean {
  return byKey.size === 1 && byKey.has('w');
}

/** Whether every weight is one of a source model's bottleneck or classifier. */
const isWithoutFeatures = (keys: readonly string[]): boolean =>
  keys.length > 0 && keys.every((key) => /^(bottleneck|bn|fc)\./.test(key));

/**
 * The weights of a drop under one set of keys: one file, or the parts of a source model (features, bottleneck,
 * classifier), which share no key.
 *
 * @throws StudioError 'mismatch' for several models
 */
export function joinParts(dicts: readonly StateDict[]): Keys {
  const all = dicts.map(keysOf);
  const parts = all.length > 1 ? all.filter((keys) => !isMixingWeight(keys)) : all;
  const byKey = new Map(parts.flatMap(({ byKey: each }) => [...each]));
  const total = parts.reduce((sum, { byKey: each }) => sum + each.size, 0);
  const networks = parts.filter(({ byKey: each }) => !isWithoutFeatures([...each.keys()]));
  const file = parts.map((part) => part.file).join(', ');
  if (byKey.size === total && networks.length < 2) {
    return { file, byKey, prefix: parts.map(({ prefix }) => prefix).find(Boolean) ?? '' };
  }
  const why = byKey.size === total ? 'each has the features of a network' : 'they have weights of the same names';
  throw new StudioError({
    code: 'mismatch',
    message: `${file} are several models: ${why}.`,
    remedy: 'Drop one model at a time; of a source model in parts, drop source_F.pt, source_B.pt and source_C.pt.',
  });
}

/**
 * A source model of the method is three files.
 *
 * @throws StudioError 'missing-file' naming what is not there
 */
export function requireAllParts(source: WeightSource): void {
  const keys = [...source.keys()];
  const hasFeatures = source.has('layer1.0.conv1.weight');
  const classifier = classifierKey(source, resnetHead);
  const isPart = hasFeatures ? keys.every((key) => resnetHead.others.test(key)) : isWithoutFeatures(keys);
  if (!isPart) return;
  const missing = [
    ...(hasFeatures ? [] : ['its features (source_F.pt)']),
    ...(source.has('bottleneck.weight') ? [] : ['its bottleneck (source_B.pt)']),
    ...(classifier ? [] : ['its classifier (source_C.pt)']),
  ];
  throw new StudioError({
    code: 'missing-file',
    message: `${source.file} holds only a part of a source model: ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing.`,
    remedy: 'Drop source_F.pt, source_B.pt and source_C.pt together.',
  });
}
