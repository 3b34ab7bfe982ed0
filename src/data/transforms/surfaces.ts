import { gravityFrom } from './gravity';
import { fillNearest } from './holes';
import { assumedCamera, surfaceNormals } from './normals';
import { emptyValue, measureOf, toEightBits, usableTest } from './scaling';
import { turnCamera } from './turning';
import type { DepthMap } from './normals';
import type { ScaledImage } from './scaling';
import type { RawImage } from '../../formats/images/format';
import type { Encoding, ImageRecipe, Intrinsics } from '../../shared/recipe';

type SurfaceEncoding = Extract<Encoding, { readonly kind: 'normals' | 'hha' }>;

/**
 * Radius in pixels of the windows whose planes are normals, and of those that gravity is found from: as in the code of HHA
 * for images 640 pixels wide, smaller for smaller images.
 */
const normalRadius = 3;
const gravityRadiusOf = (width: number): number => Math.min(10, Math.max(normalRadius, Math.round(width / 64)));
/** Gravity is found from about so many normals, spread evenly over the image. */
const gravityNormals = 8192;

function depthsOf(image: RawImage, recipe: ImageRecipe): DepthMap {
  const { width, height, channels, samples } = image;
  const isUsable = usableTest(image, recipe);
  const measure = measureOf(recipe.scaling);
  const depths = Float64Array.from({ length: width * height }, (_, pixel) => {
    const raw = samples[pixel * channels] ?? 0;
    return isUsable(raw) ? measure(raw) : NaN;
  });
  return { width, height, depths };
}

/** Normals in 0..1: `(n + 1) / 2` for each of x, y and z. */
const encodeNormals = (map: DepthMap, camera: Intrinsics): Float32Array =>
  surfaceNormals(map, camera, normalRadius).map((part) => (part + 1) / 2);

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** A camera whose image shows nothing lower than 0.9 m below it is taken to stand 1.3 m above the ground. */
const lowestSeen = -0.9;
const usualHeight = 1.3;

/** Height of every pixel over the ground in metres, NaN without a reading. */
function heightsOf({ width, height, depths }: DepthMap, camera: Intrinsics, gravity: readonly number[]): Float64Array {
  const [right = 0, down = 0, away = 0] = gravity;
  const heights = new Float64Array(width * height);
  let lowest = Infinity;
  for (let pixel = 0; pixel < heights.length; pixel++) {
    const across = ((pixel % width) - camera.cx) / camera.fx;
    const below = (Math.floor(pixel / width) - camera.cy) / camera.fy;
    const value = -(depths[pixel] ?? NaN) * (across * right + below * down + away);
    heights[pixel] = value;
    if (value < lowest) lowest = value;
  }
  const ground = lowest > lowestSeen ? -usualHeight : lowest;
  return heights.map((value) => value - ground);
}

/**
 * HHA (S. Gupta, R. Girshick, P. Arbelaez, J. Malik, ECCV 2014), in the ranges of its released code, each as a byte
 * divided by 255: horizontal disparity 310 / max(1 m, depth), height above the ground in centimetres, and 38 more than the
 * angle in degrees between the direction up and the normal that faces the camera (0 floor, 90 wall, 180 ceiling).
 * @param map in metres
 */
function encodeHha(map: DepthMap, camera: Intrinsics): Float32Array {
  const { width, height, depths } = map;
  const normals = surfaceNormals(map, camera, normalRadius);
  const stride = Math.max(1, Math.floor(Math.sqrt((width * height) / gravityNormals)));
  const gravity = gravityFrom(surfaceNormals(map, camera, gravityRadiusOf(width), stride));
  const heights = heightsOf(map, camera, gravity);
  const [right, down, away] = gravity;
  const encoded = new Float32Array(width * height * 3).fill(NaN);
  for (let pixel = 0, at = 0; pixel < depths.length; pixel++, at += 3) {
    const up = -(right * (normals[at] ?? NaN) + down * (normals[at + 1] ?? NaN) + away * (normals[at + 2] ?? NaN));
    const raised = heights[pixel] ?? NaN;
    if (Number.isNaN(up) || Number.isNaN(raised)) continue;
    const degrees = (Math.acos(Math.min(1, Math.max(-1, up))) / Math.PI) * 180;
    encoded[at] = clamp(310 / Math.max(1, depths[pixel] ?? NaN) / 255);
    encoded[at + 1] = clamp((raised * 100) / 255);
    encoded[at + 2] = (degrees + 38) / 255;
  }
  return encoded;
}

/**
 * Surface normals or HHA of a depth image, from its depths as they were measured. Pixels without a reading, and those whose
 * neighbours do not make a surface, get the values of the nearest pixel that has some, are NaN or 0, as the recipe says.
 * @param upright the image after `turnUpright`, of one channel and perhaps alpha
 * @param stored the image as it was read: intrinsics are those of its pixels
 * @returns three channels in 0..1
 */
export function encodeSurfaces(
  upright: RawImage,
  stored: RawImage,
  recipe: ImageRecipe,
  encoding: SurfaceEncoding,
): ScaledImage {
  const { width, height } = upright;
  const storedCamera = encoding.intrinsics ?? assumedCamera(stored.width, stored.height);
  const camera = upright === stored ? storedCamera : turnCamera(storedCamera, stored);
  const map = depthsOf(upright, recipe);
  const values =
    encoding.kind === 'normals'
      ? encodeNormals(map, camera)
      : encodeHha({ ...map, depths: map.depths.map((depth) => depth * encoding.metresPerUnit) }, camera);
  if (recipe.holes === 'nearest')
    fillNearest(values, { width, height, channels: 3 }, 3, (first) => !Number.isNaN(first));
  const empty = emptyValue(recipe);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (Number.isNaN(value)) values[at] = empty;
    else if (recipe.eightBit) values[at] = toEightBits(value);
  }
  return { width, height, channels: 3, values };
}
