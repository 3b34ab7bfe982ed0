import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOnnx } from '../../../tests/onnxRuntime';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import type { FileBytes } from '../format';
import { preprocessingPresets } from '../metadata';
import { openModel } from '../registry';
import { writeOnnx } from './write';

/** What other programs computed with the same weights. */
interface Expected {
  readonly softmax?: readonly (readonly number[])[];
  readonly test?: { readonly outputs: { readonly first10: readonly number[] } };
}

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models');

function filesOf(model: string): readonly FileBytes[] {
  const names = readdirSync(join(folder, model)).filter((name) => name !== 'expected.json');
  return names.map((name) => ({ path: `${model}/${name}`, bytes: readFileSync(join(folder, model, name)) }));
}

/** The input that the expected outputs belong to: `((i * 2654435761) mod 2^32) / 2^32`. */
function testInput(shape: readonly number[]): { shape: readonly number[]; values: Float32Array } {
  const length = shape.reduce((product, side) => product * side, 1);
  const value = (index: number): number => (Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32;
  return { shape, values: Float32Array.from({ length }, (_, index) => value(index)) };
}

beforeAll(usePlainTfjs);

describe.skipIf(!existsSync(folder))('real models as ONNX (SHARED_DIR)', () => {
  it.each([
    ['teachable-machine-image', 1, 1e-5],
    ['nsfwjs-mobilenetv2-uint8', 1, 1e-4],
    ['epfl-scenes-resnet8-s0', 2, 1e-5],
  ] as const)(
    '%s gives the expected outputs in onnxruntime',
    async (model, batch, tolerance) => {
      const { spec, weights } = await openModel(filesOf(model));
      const classes = Array.from({ length: spec.classCount }, (_, at) => String(at));
      const file = writeOnnx({ spec, weights, preprocessing: preprocessingPresets['0to1'] }, { classes });
      const expected = JSON.parse(readFileSync(join(folder, model, 'expected.json'), 'utf8')) as Expected;
      const outputs = expected.softmax?.flat() ?? expected.test?.outputs.first10 ?? [];
      const found = await runOnnx(file, testInput([batch, ...(spec.nodes[0]?.outputShape ?? [])]));
      expect(found.output).toBe('probabilities');
      expect(outputs.length).toBeGreaterThan(1);
      expect(found.values).toBeAllClose(outputs, { absolute: tolerance });
    },
    60_000,
  );
});
