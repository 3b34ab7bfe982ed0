import type { RawImage } from '../../formats/images/format';
import type { Rng } from '../../shared/rng';
import { normalAt, occluded, rayThrough, trace, type Hit } from './rayTracer';
import type { Scene } from './scene';
import { between } from './solid';
import { add, dot, scale, type Vector3 } from './vector';

/**
 * A structured-light sensor: a projector beside the camera, depth from the disparity between the two.
 * Figures are those of the first Kinect (Khoshelham and Elberink, Sensors 2012).
 */
const sensor = {
  /** Metres from the camera to the projector. */
  baseline: 0.075,
  /** Focal length in pixels of the sensor's own image. */
  focalLength: 580,
  /** Disparity is read in steps of this many pixels... */
  disparityStep: 1 / 8,
  /** ...with this much noise, in pixels. */
  disparityNoise: 0.08,
  /** Surfaces turned away further than this (cosine) return too little light. */
  grazing: 0.14,
  /** Metres beyond which nothing is read. */
  range: 4,
} as const;

/**
 * Distance of every pixel from the plane of the camera, without noise.
 * @returns `[size * size]` metres, 0 where nothing is seen
 */
export function measureDepth(scene: Scene, size: number): Float64Array {
  return measure(scene, size, (hit, direction) => hit.distance * dot(direction, scene.camera.forward));
}

function measure(scene: Scene, size: number, read: (hit: Hit, direction: Vector3) => number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, pixel) => {
    const direction = rayThrough(scene, ((pixel % size) + 0.5) / size, (Math.floor(pixel / size) + 0.5) / size);
    const hit = trace(scene, scene.camera.position, direction);
    return hit === null ? 0 : read(hit, direction);
  });
}

/** 1 where the projector's light reaches the surface and comes back, 0 elsewhere. */
function returnsLight(scene: Scene, size: number): Float64Array {
  const projector = add(scene.camera.position, scale(scene.camera.right, sensor.baseline));
  return measure(scene, size, (hit, direction) => {
    const normal = normalAt(hit.surface, hit.point);
    if (-dot(normal, direction) < sensor.grazing) return 0;
    return occluded(scene, add(hit.point, scale(normal, 0.004)), projector) ? 0 : 1;
  });
}

/** How far a pixel's depth departs from the line through the pixels `stride` before and after it, as a share. */
function bendAt(depth: Float64Array, pixel: number, stride: number): number {
  const here = depth[pixel] ?? 0;
  return Math.abs((depth[pixel - stride] ?? here) + (depth[pixel + stride] ?? here) - 2 * here) / here;
}

/** Whether a pixel lies on the rim of something nearer than what is behind it. */
function onRim(depth: Float64Array, size: number, pixel: number): boolean {
  const column = pixel % size;
  const aside = column > 0 && column < size - 1 ? bendAt(depth, pixel, 1) : 0;
  return Math.max(aside, bendAt(depth, pixel, size)) > 0.04;
}

/** Marks a few round patches where glare or a dark surface swallows the pattern. */
function dropPatches(rng: Rng, valid: Float64Array, size: number): void {
  for (let left = rng.integer(4); left > 0; left--) {
    const [x, y, radius] = [rng.next() * size, rng.next() * size, between(rng, 0.02, 0.06) * size];
    for (let pixel = 0; pixel < valid.length; pixel++) {
      const [dx, dy] = [(pixel % size) - x, Math.floor(pixel / size) - y];
      if (dx * dx + dy * dy < radius * radius * between(rng, 0.6, 1.4)) valid[pixel] = 0;
    }
  }
}

/**
 * A depth image of the scene as such a sensor gives it.
 * @param size width and height in pixels
 * @returns 16-bit millimetres; 0 where nothing was measured: in the shadow of the projector, at rims, at grazing
 *   surfaces, out of range and in a few patches
 */
export function captureDepth(scene: Scene, rng: Rng, size: number): RawImage {
  const depth = measureDepth(scene, size);
  const valid = returnsLight(scene, size);
  dropPatches(rng, valid, size);
  const samples = Uint16Array.from(depth, (metres, pixel) => {
    const lost = rng.next() < (onRim(depth, size, pixel) ? 0.35 : 0.002);
    const disparity = (sensor.focalLength * sensor.baseline) / metres + sensor.disparityNoise * rng.normal();
    if (valid[pixel] === 0 || lost || metres > sensor.range) return 0;
    const read = Math.round(disparity / sensor.disparityStep) * sensor.disparityStep;
    return Math.round((1000 * sensor.focalLength * sensor.baseline) / read);
  });
  return { width: size, height: size, channels: 1, bitDepth: 16, samples };
}
