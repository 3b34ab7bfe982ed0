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

const foldersOf = (path: string): string[] => path.split('/').slice(0, -1);

const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);

/** What the last of the words that says what was measured says. */
const lastNamed = (parts: readonly string[]): Named | null =>
  parts.reduce<Named | null>((found, part) => words[part] ?? found, null);

/** Names of folders that stand in the paths of all files. */
function sharedFolders(paths: readonly string[]): ReadonlySet<string> {
  let shared = new Set(foldersOf(paths[0] ?? ''));
  for (const path of paths) {
    if (shared.size === 0) break;
    const folders = new Set(foldersOf(path));
    shared = new Set([...shared].filter((folder) => folders.has(folder)));
  }
  return shared;
}

/**
 * What most files are called after, by whole words of their own names (`scene_depth_001.png`), or else of the folders that
 * all of them lie in (`thermal/0001.tiff`, `scene_7/thermal/0001.tiff`). Other folders may be classes: their names decide
 * nothing, also where files repeat them (`fir/fir_0001.png`), however many of the images they hold.
 * @param paths of all images, from the folder that was opened on
 * @returns null where no word stands for more than half of them
 */
export function namedAs(paths: readonly string[]): Named | null {
  const shared = sharedFolders(paths);
  const ofFolders = lastNamed(
    foldersOf(paths[0] ?? '')
      .filter((name) => shared.has(name))
      .flatMap(wordsOf),
  );
  const counts = new Map<Named, number>();
  for (const path of paths) {
    const folders = foldersOf(path);
    const perhapsClass = new Set(folders.filter((name) => !shared.has(name)).flatMap(wordsOf));
    const own = wordsOf(path.split('/').at(-1) ?? '').filter((word) => !perhapsClass.has(word));
    const word = lastNamed(own) ?? ofFolders;
    if (word) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  for (const [word, count] of counts) if (count * 2 > paths.length) return word;
  return null;
}
