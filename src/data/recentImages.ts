import type { ImageDesk } from './imageDesk';
import type { SourceFile } from './sourceFile';
import type { RawImage } from '../formats/images/format';

/** Enough for a person who moves a slider on one picture, or looks at the two of a pair. */
const kept = 4;
/** Pixels of larger images are not kept, so that four of them stay below 64 MB. */
const largestBytes = 16 * 2 ** 20;

/**
 * Reads images of a list of files by their index, and remembers the last few: whoever tries recipes on a picture asks for
 * it again and again. Images under way are shared, too; failures are not remembered.
 */
export function recentImages(files: readonly SourceFile[], desk: ImageDesk): (index: number) => Promise<RawImage> {
  const recent = new Map<number, Promise<RawImage>>();
  const forget = (index: number, image: Promise<RawImage>): void => {
    if (recent.get(index) === image) recent.delete(index);
  };
  const read = (index: number): Promise<RawImage> => {
    const file = files[index];
    if (!file) throw new RangeError(`image ${String(index)} of ${String(files.length)}`);
    const image = desk.raw(file);
    image.then(
      ({ samples }) => {
        if (samples.byteLength > largestBytes) forget(index, image);
      },
      () => {
        forget(index, image);
      },
    );
    return image;
  };
  return async (index) => {
    const image = recent.get(index) ?? read(index);
    recent.delete(index);
    recent.set(index, image);
    const [oldest] = recent.keys();
    if (recent.size > kept && oldest !== undefined) recent.delete(oldest);
    return image;
  };
}
