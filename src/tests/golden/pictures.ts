import { plainRecipe } from '../../shared/recipe';
import { scaleImage } from '../../data/transforms/scaling';
import { tolerances } from './record';
import type { Compare } from './record';
import type { LoadCase } from './schema';

/** Single-channel pictures as the released loader takes them: rounded down to 8 bits. */
export function checkLoad(cases: readonly LoadCase[], compare: Compare): Promise<void> {
  for (const { name, bits, stored, l_loader } of cases) {
    const [height = 0, width = 0] = stored.shape;
    const samples = Uint16Array.from(stored.data);
    const image = { width, height, channels: 1, bitDepth: bits, samples } as const;
    const { values } = scaleImage(image, { ...plainRecipe, scaling: { kind: 'full' }, holes: 'keep', eightBit: true });
    compare(
      name,
      values.map((value) => Math.fround(value * 255)),
      l_loader.data,
      tolerances.exact,
    );
  }
  return Promise.resolve();
}
