/** What files are called after. */
export type Named = 'depth' | 'disparity' | 'nearInfrared' | 'infrared' | 'thermal';

const words: Readonly<Record<string, Named>> = {
  depth: 'depth',
  depths: 'depth',
  depthmap: 'depth',
  disp: 'disparity',
  disparity: 'disparity',
  disparities: 'disparity',
  nir: 'nearInfrared',
  swir: 'nearInfrared',
  ir: 'infrared',
  infrared: 'infrared',
  thermal: 'thermal',
  thermo: 'thermal',
  lwir: 'thermal',
  fir: 'thermal',
  flir: 'thermal',
};

/** For people, in a sentence about files. */
export const namedInWords: Readonly<Record<Named, string>> = {
  depth: 'depth',
  disparity: 'disparity',
  nearInfrared: 'near infrared',
  infrared: 'infrared',
  thermal: 'thermal',
};

/** The last word of a path that says what was measured: the file's own name counts more than the folders around it. */
function wordOf(path: string): Named | null {
  const parts = path
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  return parts.reduce<Named | null>((found, part) => words[part] ?? found, null);
}

/**
 * What most files are called after, by whole words of their paths (`scene_depth_001.png`, `thermal/0001.tiff`).
 * @returns null where no word stands in more than half of them, so that the name of one class decides nothing
 */
export function namedAs(paths: readonly string[]): Named | null {
  const counts = new Map<Named, number>();
  for (const path of paths) {
    const word = wordOf(path);
    if (word) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [word, count] of counts) if (count * 2 > paths.length) return word;
  return null;
}
