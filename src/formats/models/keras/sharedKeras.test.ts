import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import { openModel } from '../registry';

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models');

describe.skipIf(!existsSync(folder))('real Keras files (SHARED_DIR)', () => {
  it.each([
    ['mlperf-tiny-resnet8-h5', 'pretrainedResnet.h5'],
    ['az-handwriting-keras3', 'best_model.keras'],
  ])(
    '%s: damage is read or refused within 2 s and 512 MB',
    async (model, name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, model, name)));
      const read = (damaged: Uint8Array) => openModel([{ path: name, bytes: damaged }]);
      for (const files of [truncations(bytes, 2048, 40), byteChanges(bytes, 60_000, 120)]) {
        const handling = await handle(files, read);
        expect(handling.milliseconds).toBeLessThan(2000);
        expect(handling.bytes).toBeLessThan(2 ** 29);
      }
    },
    120_000,
  );
});
