import type { RawImage } from '../../formats/images/format';
import type { Rng } from '../../shared/rng';
import { colorAt, type Color } from './materials';
import { localPoint, normalAt, occluded, rayThrough, trace, type Hit } from './rayTracer';
import type { Scene } from './scene';
import { between } from './solid';
import { add, clamp, dot, normalize, scale, subtract, type Vector3 } from './vector';

/** Rays per pixel, per axis. */
const raysPerAxis = 2;

/** Light that a surface sends back along a ray: sky and lamp, shadow, highlight. Linear, may exceed 1. */
function shade(scene: Scene, hit: Hit, direction: Vector3, lamp: Vector3): Color {
  const { surface, point } = hit;
  const local = localPoint(surface, point);
  const material = 'solid' in surface ? surface.materials[surface.solid.part(...local)] : surface.material;
  const albedo = colorAt(material, local);
  const normal = normalAt(surface, point);
  const outside = add(point, scale(normal, 0.003));
  const toLamp = normalize(subtract(lamp, point));
  const facing = dot(normal, toLamp);
  const lit = facing > 0 && !occluded(scene, outside, lamp);
  const direct = lit ? facing * (1 - scene.light.ambient) * 1.5 : 0;
  const sky = scene.light.ambient * (0.7 + 0.3 * normal[1]);
  const halfway = normalize(subtract(toLamp, direction));
  const highlight = lit ? material.gloss * Math.max(0, dot(normal, halfway)) ** 40 : 0;
  const { color } = scene.light;
  return [
    albedo[0] * (sky + direct * color[0]) + highlight,
    albedo[1] * (sky + direct * color[1]) + highlight,
    albedo[2] * (sky + direct * color[2]) + highlight,
  ];
}

/** Mean light of one pixel. The lamp is a small area, so that shadows have soft rims. */
function exposePixel(scene: Scene, rng: Rng, size: number, column: number, row: number): Color {
  let sum: Color = [0, 0, 0];
  for (let sample = 0; sample < raysPerAxis * raysPerAxis; sample++) {
    const u = (column + ((sample % raysPerAxis) + 0.5) / raysPerAxis) / size;
    const v = (row + (Math.floor(sample / raysPerAxis) + 0.5) / raysPerAxis) / size;
    const lamp = add(scene.light.position, [between(rng, -0.12, 0.12), 0, between(rng, -0.12, 0.12)]);
    const direction = rayThrough(scene, u, v);
    const hit = trace(scene, scene.camera.position, direction);
    if (hit !== null) sum = add(sum, shade(scene, hit, direction, lamp));
  }
  return scale(sum, 1 / (raysPerAxis * raysPerAxis));
}

/**
 * A photograph of the scene.
 * @param size width and height in pixels
 * @returns 8-bit RGB with display gamma, exposure and sensor noise
 */
export function photograph(scene: Scene, rng: Rng, size: number): RawImage {
  const samples = new Uint8Array(size * size * 3);
  const exposure = between(rng, 0.75, 1.3);
  const noise = between(rng, 0.004, 0.02);
  for (let pixel = 0; pixel < size * size; pixel++) {
    const light = exposePixel(scene, rng, size, pixel % size, Math.floor(pixel / size));
    for (const [channel, value] of light.entries()) {
      const shown = clamp(value * exposure, 0, 1) ** (1 / 2.2) + noise * rng.normal();
      samples[pixel * 3 + channel] = Math.round(255 * clamp(shown, 0, 1));
    }
  }
  return { width: size, height: size, channels: 3, bitDepth: 8, samples };
}
