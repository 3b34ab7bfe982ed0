import { differs, type WeightSource } from './keys';
import { weightNormKeys, type TorchLayers } from './layers';

/** Where a family of networks has its classifier. */
export interface Head {
  /** What programs call it. */
  readonly names: readonly string[];
  /** Its key in the family's own program, if that is a member of a `Sequential`. */
  readonly usual?: string;
  /** Keys of everything else. */
  readonly others: RegExp;
}

const SHOWN = 3;

const isLayer = (source: WeightSource, key: string): boolean =>
  source.has(`${key}.weight`) || weightNormKeys(source, key) !== null;

/** The only member with weights of a `Sequential`; null when there are several, or none. */
function onlyMember(source: WeightSource, name: string): string | null {
  const start = `${name}.`;
  const own = [...source.keys()].filter((key) => key.startsWith(start));
  const [member, ...more] = new Set(own.map((key) => /^\d+/.exec(key.slice(start.length))?.[0] ?? ''));
  const key = `${start}${member ?? ''}`;
  return member && more.length === 0 && isLayer(source, key) ? key : null;
}

/** Key of the classifier: a layer of one of these names, or the one layer of a `Sequential` of that name; null without. */
export function classifierKey(source: WeightSource, { names }: Pick<Head, 'names'>): string | null {
  return names.find((name) => isLayer(source, name)) ?? names.map((name) => onlyMember(source, name)).find(Boolean) ?? null;
} // prettier-ignore

/** @throws StudioError 'bad-model', always */
function refuseHead(source: WeightSource, { others }: Head): never {
  const head = [...source.keys()].filter((key) => !others.test(key));
  if (head.length === 0) differs(source.file, 'has no classifier');
  const more = head.length > SHOWN ? ', ...' : '';
  return differs(source.file, `has a head that the studio does not know (${head.slice(0, SHOWN).join(', ')}${more}): what lies between its layers is not in the file`); // prettier-ignore
}

/**
 * Adds the classifier. Of a `Sequential` it is the one member with weights; the others are taken as dropout.
 *
 * @throws StudioError 'bad-model' without one, or for a head of several layers
 */
export function addClassifier(layers: TorchLayers, features: string, head: Head): string {
  const { source, nodes } = layers;
  const key = classifierKey(source, head) ?? refuseHead(source, head);
  if (!head.names.includes(key) && key !== head.usual) {
    const name = key.slice(0, key.lastIndexOf('.'));
    nodes.note(`Only ${key} of the head ${name} has weights: its other layers are taken as dropout. If one is an activation such as ReLU, predictions are wrong.`); // prettier-ignore
  }
  return weightNormKeys(source, key) ? layers.normedLinear(key, features) : layers.linear(key, features);
}
