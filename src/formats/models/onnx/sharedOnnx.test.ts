import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import { openModel } from '../registry';

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models', 'ppocr-angle-cls-onnx');
const read = (): Uint8Array => Uint8Array.from(readFileSync(join(folder, 'ch_ppocr_mobile_v2.0_cls_infer.onnx')));

describe.skipIf(!existsSync(folder))('PaddleOCR’s text angle classifier (SHARED_DIR)', () => {
  it('is recognised by its content, says that its sides are open, and finds its head', async () => {
    const { spec, metadata } = await openModel([{ path: 'angle.dat', bytes: read() }]);
    expect(spec.nodes[0]?.outputShape).toEqual([224, 224, 3]);
    expect(spec).toMatchObject({ classCount: 2, classifier: 'p2o.MatMul.0', bottleneck: [] });
    expect(metadata).toMatchObject({ format: 'ONNX', openSides: true });
    expect(metadata.notes).toEqual(['The model leaves its input size open; 224 x 224 is used.']);
  });

  it('is read or refused when damaged, soon and in little memory', async () => {
    const bytes = read();
    const damagedFiles = function* () {
      yield* truncations(bytes, 0, 20);
      yield* byteChanges(bytes, 2048, 40);
    };
    const inputSize = [48, 192] as const;
    const handling = await handle(damagedFiles(), (mutant) =>
      openModel([{ path: 'a.onnx', bytes: mutant }], { inputSize }),
    );
    expect(handling.refused).toBeGreaterThan(20);
    expect(handling.opened).toBeGreaterThan(5);
    expect(handling.milliseconds).toBeLessThan(2000);
    expect(handling.bytes).toBeLessThan(512 * 2 ** 20);
  });
});
