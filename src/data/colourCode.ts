import { fullScale } from './readings';
import { colourMaps } from './transforms/colourMaps';
import type { RawImage } from '../formats/images/format';

const steps = 64;
/** How far a channel may be from the rainbow: room for JPEG, and for jet as matplotlib draws it. */
const tolerance = 0.16;
/** Pixels darker than this have no hue to speak of. */
const darkest = 0.1;
const pixelsLookedAt = 4096;
const segments = 8;
/** Colours are told apart by so many levels of each channel. */
const levels = 16;

/** In which segment of a rainbow a colour lies, by its levels; -1 off it. */
function segmentsOf(map: keyof typeof colourMaps): Int8Array {
  const nearest = new Float32Array(levels ** 3).fill(tolerance);
  const table = new Int8Array(levels ** 3).fill(-1);
  const colour = new Float32Array(3);
  for (let step = 0; step < steps; step++) {
    colourMaps[map](step / (steps - 1), colour, 0);
    const [red = 0, green = 0, blue = 0] = colour;
    for (let index = 0; index < table.length; index++) {
      const distance = Math.max(
        Math.abs(((index >> 8) + 0.5) / levels - red),
        Math.abs((((index >> 4) & 15) + 0.5) / levels - green),
        Math.abs(((index & 15) + 0.5) / levels - blue),
      );
      if (distance >= (nearest[index] ?? 0)) continue;
      nearest[index] = distance;
      table[index] = Math.floor((step * segments) / steps);
    }
  }
  return table;
}

let tables: readonly Int8Array[] | null = null;

/**
 * Whether a colour picture looks like measurements drawn with the colour map jet or turbo: nearly all its colours lie on
 * the map, and they spread over half of it at least. Photographs are far less saturated, and flat drawings have fewer hues.
 */
export function looksColourCoded(image: RawImage): boolean {
  const { samples, channels } = image;
  const largest = fullScale(image);
  if (channels < 3 || largest === undefined) return false;
  const pixels = samples.length / channels;
  const stride = Math.max(1, Math.floor(pixels / pixelsLookedAt));
  tables ??= [segmentsOf('jet'), segmentsOf('turbo')];
  const counts = tables.map((table) => ({ table, count: new Uint32Array(segments) }));
  const level = (value = 0): number => Math.min(levels - 1, Math.floor((value / largest) * levels));
  let [lookedAt, coloured] = [0, 0];
  for (let start = 0; start < samples.length; start += stride * channels, lookedAt++) {
    const [red = 0, green = 0, blue = 0] = [samples[start], samples[start + 1], samples[start + 2]];
    if (Math.max(red, green, blue) < darkest * largest) continue;
    coloured++;
    for (const { table, count } of counts) {
      const segment = table[(level(red) << 8) | (level(green) << 4) | level(blue)] ?? -1;
      if (segment >= 0) count[segment] = (count[segment] ?? 0) + 1;
    }
  }
  return counts.some(({ count }) => {
    const onMap = count.reduce((sum, part) => sum + part, 0);
    const used = count.filter((part) => part >= 0.02 * coloured).length;
    return coloured >= 0.3 * lookedAt && onMap >= 0.85 * coloured && used >= segments / 2;
  });
}
