/** Which of the two cameras a word stands for. */
export interface SideWord {
  readonly side: 'rgb' | 'target';
  /** The form of target images: what they were called. */
  readonly form: string;
}

const rgbFolders = 'rgb color colour col image images img imgs rgb_image rgb_images color_image color_images outleft';
const targetFolders =
  'depth depths depth_raw raw_depth depth_filled filled_depth depth_vi depth_bfx depthmap depth_map depth_maps ' +
  'depth_image depth_images raw_png up_png warp_png disparity disp nir ir infrared thermal lwir';
const rgbNames = 'rgb color colour rgb_image color_image vis';
const targetNames =
  'depth depth_raw raw_depth depth_filled filled_depth depth_vi depthmap depth_map disparity disp nir ir infrared thermal lwir';
/** Too short to mean anything alone: they count where the folder says the same, or says nothing. */
const shortRgbNames = 'c';
const shortTargetNames = 'd rd ud wd';

const table = (rgb: string, target: string): ReadonlyMap<string, SideWord> =>
  new Map([
    ...rgb.split(' ').map((word): [string, SideWord] => [word, { side: 'rgb', form: 'rgb' }]),
    ...target.split(' ').map((word): [string, SideWord] => [word, { side: 'target', form: word }]),
  ]);

const folders = table(rgbFolders, targetFolders);
const longNames = table(rgbNames, targetNames);
const shortNames = table(shortRgbNames, shortTargetNames);

const normalized = (word: string): string => word.toLowerCase().replace(/[\s-]+/g, '_');

/** What the name of a folder says. */
export const sideOfFolder = (folder: string): SideWord | null => folders.get(normalized(folder)) ?? null;

/** A word at the start or the end of a file name, and the name without it. */
export interface NamedSide {
  readonly word: SideWord;
  readonly rest: string;
  /** Whether it means something alone. */
  readonly certain: boolean;
}

/** The word of a file name: the longest at its end (`x_depth_filled`), else the one it begins with (`rgb_00001`). */
export function sideOfName(stem: string): NamedSide | null {
  const words = stem.split(/[_-]/);
  for (let count = Math.min(2, words.length - 1); count >= 1; count--) {
    const last = normalized(words.slice(-count).join('_'));
    const word = longNames.get(last) ?? shortNames.get(last);
    if (word) return { word, rest: stem.slice(0, -last.length - 1), certain: longNames.has(last) };
    const first = normalized(words.slice(0, count).join('_'));
    const leading = longNames.get(first);
    if (leading) return { word: leading, rest: stem.slice(first.length + 1), certain: true };
  }
  return null;
}
