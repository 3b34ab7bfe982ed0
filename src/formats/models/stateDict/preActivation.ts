import { differs, type WeightSource } from './keys';

/** Alphabetical order, in which safetensors files are written, says nothing about the network. */
const isAlphabetical = (keys: readonly string[]): boolean =>
  keys.every((key, at) => at === 0 || (keys[at - 1] ?? '') < key);

/** Whether the block's own program makes its batch norm before its convolution: keys come in the order of making. */
function beginsWithNorm(all: readonly string[], block: string): boolean {
  const norm = all.filter((key) => key.startsWith(`${block}.bn1.`));
  const [first] = norm;
  if (first === undefined || isAlphabetical(norm)) return false;
  return all.indexOf(first) < all.indexOf(`${block}.conv1.weight`);
}

/**
 * A network whose blocks begin with batch norm and activation may have the keys and shapes of one whose blocks end with
 * them. He et al., Identity mappings in deep residual networks, 2016.
 *
 * @param blocks prefixes of their keys
 * @throws StudioError 'bad-model' if the order of the keys gives it away
 */
export function requirePostActivation(source: WeightSource, blocks: readonly string[]): void {
  const all = [...source.keys()];
  if (blocks.length > 0 && blocks.every((block) => beginsWithNorm(all, block))) {
    differs(source.file, 'looks like a pre-activation ResNet (in every block, bn1 comes before conv1), which is computed in another order than a ResNet'); // prettier-ignore
  }
}
