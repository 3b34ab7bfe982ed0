import type { Picture } from '../../shared/images';

/** Whether two pictures have the same pixels. */
export function samePicture(a: Picture, b: Picture): boolean {
  return a.width === b.width && a.height === b.height && a.rgba.every((value, at) => value === b.rgba[at]);
}

/** Whether any pixel of a picture is not fully there. */
export function isMasked({ rgba }: Picture): boolean {
  for (let alpha = 3; alpha < rgba.length; alpha += 4) if (rgba[alpha] !== 255) return true;
  return false;
}
