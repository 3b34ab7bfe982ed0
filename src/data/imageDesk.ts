import { decodeImage } from '../formats/images/registry';
import { contentKeyOf, digestImage } from './digest';
import { readSource } from './sourceFile';
import { prepareImage } from './transforms/prepare';
import type { ImageDigest } from './digest';
import type { SourceFile } from './sourceFile';
import type { PackedImage } from './transforms/packed';
import type { RawImage } from '../formats/images/format';
import type { ImageRecipe } from '../shared/recipe';

/** What images are brought to before views are cut from them. */
export interface PreparedForm {
  readonly recipe: ImageRecipe;
  /** `[height, width]` */
  readonly resize: readonly [number, number];
  /** That the network takes: 1 or 3. */
  readonly channels: number;
}

export interface PreparedImage {
  readonly image: PackedImage;
  /** Names the pixels of the file, whatever it is called and however they were prepared; see {@link ImageDigest}. */
  readonly contentKey: string;
}

/**
 * Where image files are decoded: in a pool of workers, or in this thread. All of these throw a StudioError that says
 * what is wrong with the file.
 */
export interface ImageDesk {
  /** So many files under way keep the desk busy; more only wait. */
  readonly atOnce: number;
  /** Pixels as measured: for looking at. Goes before everything else. */
  raw(file: SourceFile): Promise<RawImage>;
  /** Decodes and measures a file; its pixels stay where they were decoded. */
  measure(file: SourceFile): Promise<ImageDigest>;
  /** Decodes a file and prepares it; only the result leaves the place. */
  prepare(file: SourceFile, form: PreparedForm): Promise<PreparedImage>;
}

const readImage = async (file: SourceFile): Promise<RawImage> => decodeImage(await readSource(file), file.path);

/** A desk in the thread that it is called in. @param read decodes a file; the registry's formats where it is missing */
export function createLocalDesk(read: (file: SourceFile) => Promise<RawImage> = readImage): ImageDesk {
  return {
    atOnce: 2,
    raw: read,
    measure: async (file) => digestImage(await read(file)),
    async prepare(file, { recipe, resize, channels }) {
      const raw = await read(file);
      return { image: prepareImage(raw, recipe, resize, channels), contentKey: await contentKeyOf(raw) };
    },
  };
}
