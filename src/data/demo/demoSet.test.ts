import { describe, expect, it } from 'vitest';
import type { RawImage } from '../../formats/images/format';
import { createRng } from '../../shared/rng';
import { photograph } from './colorCamera';
import { classOf, demoPack, renderPair, renderSource, renderTarget } from './demoSet';
import { measureDepth } from './depthCamera';
import { vivid, type Material } from './materials';
import { otherClasses, otherShapes } from './otherShapes';
import { drawScene, type Scene } from './scene';
import { taskClasses, taskShapes } from './taskShapes';
import { dot, subtract, type Vector3 } from './vector';

const shareOfHoles = ({ samples }: RawImage): number => samples.filter((value) => value === 0).length / samples.length;

describe('the images of the demo', () => {
  it('are the same however often and in whatever order they are made', () => {
    const first = renderTarget(3);
    renderTarget(9);
    expect(renderTarget(3)).toEqual(first);
    expect(renderSource('source', 5)).toEqual(renderSource('source', 5));
    expect(renderPair(2)).toEqual(renderPair(2));
  });

  it('differ from each other', () => {
    expect(renderTarget(0).samples).not.toEqual(renderTarget(taskClasses.length).samples);
    expect(renderSource('source', 0).samples).not.toEqual(renderSource('validation', 0).samples);
  });

  it('have the form that the pack promises', () => {
    const size = demoPack.imageSize;
    expect(renderTarget(1)).toMatchObject({ width: size, height: size, channels: 1, bitDepth: 16 });
    expect(renderSource('source', 1)).toMatchObject({ width: size, height: size, channels: 3, bitDepth: 8 });
  });

  it('hold every class equally often', () => {
    for (const count of [demoPack.sourceCount, demoPack.validationCount, demoPack.targetCount]) {
      const counts = taskClasses.map(
        (_, label) => Array.from({ length: count }, (_i, i) => classOf(i)).filter((c) => c === label).length,
      );
      expect(counts).toEqual(taskClasses.map(() => count / taskClasses.length));
    }
  });

  it('show nothing of the task in the pairs', () => {
    const taskNames: readonly string[] = taskClasses;
    expect(otherClasses.filter((name) => taskNames.includes(name))).toEqual([]);
  });

  it('have some holes in every depth image, but mostly measurements between 20 cm and 4 m', () => {
    for (let index = 0; index < 12; index++) {
      const image = renderTarget(index);
      expect(shareOfHoles(image)).toBeGreaterThan(0.002);
      expect(shareOfHoles(image)).toBeLessThan(0.35);
      const measured = image.samples.filter((value) => value > 0);
      expect(Math.min(...measured)).toBeGreaterThan(200);
      expect(Math.max(...measured)).toBeLessThanOrEqual(4100);
    }
  });
});

/** The scene with a white object before a black background, evenly lit, and nothing else. */
function silhouette(scene: Scene): Scene {
  const plain = (value: number): Material => ({
    pattern: 'plain',
    first: [value, value, value],
    second: [value, value, value],
    frequency: 1,
    salt: 0,
    gloss: 0,
  });
  return {
    ...scene,
    objects: scene.objects.slice(0, 1).map((object) => ({ ...object, materials: [plain(1), plain(1)] as const })),
    planes: scene.planes.map((plane) => ({ ...plane, material: plain(0) })),
    light: { ...scene.light, ambient: 1 },
  };
}

describe('a pair', () => {
  for (const name of otherClasses) {
    it(`shows the same outline of a ${name} in colour and in depth`, () => {
      const size = 48;
      const scene = silhouette(drawScene(createRng(11), otherShapes[name], vivid));
      const { samples } = photograph(scene, createRng(12), size);
      const depth = measureDepth(scene, size);
      const background = measureDepth({ ...scene, objects: [] }, size);
      let [both, either] = [0, 0];
      for (let pixel = 0; pixel < size * size; pixel++) {
        const bright = (samples[3 * pixel] ?? 0) > 127;
        const near = (depth[pixel] ?? 0) < (background[pixel] ?? 0) - 1e-6;
        if (bright && near) both++;
        if (bright || near) either++;
      }
      expect(both / either).toBeGreaterThan(0.9);
      expect(either / (size * size)).toBeGreaterThan(0.04);
    });
  }
});

describe('the bodies', () => {
  for (const [name, shape] of Object.entries({ ...taskShapes, ...otherShapes })) {
    it(`hold the whole ${name} in its bounding sphere and stand it on the table`, () => {
      for (let seed = 0; seed < 8; seed++) {
        const solid = shape(createRng(seed));
        const rng = createRng(100 + seed);
        let lowest = Infinity;
        for (let i = 0; i < 20000; i++) {
          const [x, y, z] = [4 * rng.next() - 2, 3.2 * rng.next() - 0.2, 4 * rng.next() - 2];
          if (y < 0 || solid.distance(x, y, z) > 0) continue;
          const [dx, dy, dz] = [x - solid.center[0], y - solid.center[1], z - solid.center[2]];
          expect(Math.sqrt(dx * dx + dy * dy + dz * dz)).toBeLessThanOrEqual(solid.radius);
          lowest = Math.min(lowest, y);
        }
        expect(lowest).toBeLessThan(0.15);
      }
    });

    it(`never overestimate the way to the ${name}, so that rays cannot jump through it`, () => {
      const { distance } = shape(createRng(5));
      const rng = createRng(6);
      const draw = (): Vector3 => [4 * rng.next() - 2, 2.5 * rng.next(), 4 * rng.next() - 2];
      const inside = Array.from({ length: 20000 }, draw).filter((point) => distance(...point) <= 0);
      expect(inside.length).toBeGreaterThan(20);
      for (const outside of Array.from({ length: 300 }, draw)) {
        const claimed = distance(...outside);
        for (const point of inside) {
          const way = subtract(outside, point);
          if (claimed * claimed > dot(way, way) && claimed > 0)
            expect.fail(`${claimed} from ${outside.join()} to ${point.join()}`);
        }
      }
    });
  }
});
