import { imageFormatNames } from '../formats/images/registry';
import { StudioError } from '../shared/failure';
import { extensionOf } from './paths';
import type { SourceFile } from './sourceFile';
import type { ImageRole } from '../shared/images';
import type { SkippedFile } from '../shared/recipe';

/** Batch statistics of one image mean nothing. */
export const fewestImages = (role: ImageRole): number => (role === 'target' ? 2 : 1);

export const roleNames: Readonly<Record<ImageRole, string>> = {
  target: 'target images',
  pairsRgb: 'paired RGB images',
  pairsTarget: 'paired target images',
  test: 'labelled test images',
};

/** The reason of a failure without the path that it starts with: lists show the path beside it. */
export function reasonOf(error: StudioError, path: string): string {
  const { message } = error.failure;
  return (message.startsWith(`${path} `) ? message.slice(path.length + 1) : message).replace(/\.$/, '');
}

/** `3 files (2 .mat, 1 .txt)`: the most frequent endings. */
function filesByEnding(files: readonly SourceFile[]): string {
  const endings = new Map<string, number>();
  for (const { path } of files) {
    const ending = extensionOf(path);
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  const found = [...endings]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([ending, count]) => `${String(count)} ${ending === '' ? 'without ending' : `.${ending}`}`);
  return `${String(files.length)} files (${found.join(', ')})`;
}

/** The failure of a folder with too few images in it. @param usable images that can be used all the same */
export function tooFewImages(
  role: ImageRole,
  name: string,
  usable: number,
  files: readonly SourceFile[],
  skipped: readonly SkippedFile[],
): StudioError {
  const message =
    usable === 0
      ? `No readable images in "${name}": ${files.length === 0 ? 'it is empty' : filesByEnding(files)}.`
      : `Only ${String(usable)} readable image in "${name}", but ${roleNames[role]} need at least ${String(fewestImages(role))}.`;
  return new StudioError({
    code: 'no-images',
    message,
    remedy: `Choose a folder or a zip of images: ${imageFormatNames}.`,
    ...(skipped.length === 0
      ? {}
      : {
          detail: skipped
            .slice(0, 20)
            .map(({ path, reason }) => `${path} ${reason}`)
            .join('\n'),
        }),
  });
}
