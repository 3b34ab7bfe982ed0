import type { RawImage } from '../../formats/images/format';
import type { Intrinsics } from '../../shared/recipe';

/**
 * How the eight values of the EXIF tag 0x0112 say that a stored picture is to be looked at: first its axes are swapped
 * (mirrored at the main diagonal), then it is mirrored left to right, then upside down (Exif 2.32, table of tag 274).
 */
interface Turn {
  readonly swapAxes: boolean;
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
}

const turns: Readonly<Record<number, Turn>> = {
  2: { swapAxes: false, mirrorX: true, mirrorY: false },
  3: { swapAxes: false, mirrorX: true, mirrorY: true },
  4: { swapAxes: false, mirrorX: false, mirrorY: true },
  5: { swapAxes: true, mirrorX: false, mirrorY: false },
  6: { swapAxes: true, mirrorX: true, mirrorY: false },
  7: { swapAxes: true, mirrorX: true, mirrorY: true },
  8: { swapAxes: true, mirrorX: false, mirrorY: true },
};

/**
 * Turns an image as its EXIF tag asks; one without the tag comes back as it is.
 * @returns the same samples in the order of the upright picture, without an orientation
 */
export function turnUpright(image: RawImage): RawImage {
  const { orientation, ...upright } = image;
  const turn = turns[orientation ?? 1];
  if (!turn) return image;
  const { channels } = image;
  const [width, height] = turn.swapAxes ? [image.height, image.width] : [image.width, image.height];
  const samples = image.samples.slice();
  for (let y = 0, target = 0; y < height; y++) {
    const down = turn.mirrorY ? height - 1 - y : y;
    for (let x = 0; x < width; x++) {
      const across = turn.mirrorX ? width - 1 - x : x;
      const source = (turn.swapAxes ? across * image.width + down : down * image.width + across) * channels;
      for (let channel = 0; channel < channels; channel++) samples[target++] = image.samples[source + channel] ?? 0;
    }
  }
  return { ...upright, width, height, samples };
}

/** The camera of an image after `turnUpright`; `image` is the stored one. */
export function turnCamera(camera: Intrinsics, { width, height, orientation }: RawImage): Intrinsics {
  const turn = turns[orientation ?? 1];
  if (!turn) return camera;
  const { fx, fy, cx, cy } = camera;
  const [across, down] = turn.swapAxes ? [cy, cx] : [cx, cy];
  const [lastColumn, lastRow] = turn.swapAxes ? [height - 1, width - 1] : [width - 1, height - 1];
  return {
    ...(turn.swapAxes ? { fx: fy, fy: fx } : { fx, fy }),
    cx: turn.mirrorX ? lastColumn - across : across,
    cy: turn.mirrorY ? lastRow - down : down,
  };
}
