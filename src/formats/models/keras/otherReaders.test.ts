import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { File as Hdf5File, ready, type Dataset } from 'h5wasm/node';
import { describe, expect, it } from 'vitest';
import { defaultZipLimits, unzip } from '../../zip';
import type { FileBytes } from '../format';
import { openModel, rewriteModel, storedTensors } from '../registry';
import { decodeTensor } from '../storedTensor';

/** What is written is opened by the HDF5 library itself, compiled to WebAssembly, and by its command-line tools. */

const fixtures = join(import.meta.dirname, '../../fixtures/keras');
const shared = join(process.env['SHARED_DIR'] ?? '../shared', 'models');
const real = ['mlperf-tiny-resnet8-h5/pretrainedResnet.h5', 'az-handwriting-keras3/best_model.keras'];
const paths = [
  ...['keras1.h5', 'keras2-nested.h5', 'keras3-legacy.h5', 'rows.h5', 'new-style.h5', 'ordered.h5', 'keras3-counted.keras'].map((name) => join(fixtures, name)),
  ...real.map((name) => join(shared, name)),
]; // prettier-ignore

/** The file with every weight changed, and the HDF5 file in it, before and after. */
async function rewritten(path: string) {
  const file: FileBytes = { path, bytes: new Uint8Array(readFileSync(path)) };
  const model = await openModel([file]);
  const weights = new Map([...model.weights].map(([key, values]) => [key, values.map((value) => value * 3 + 2)]));
  const { files } = await rewriteModel([file], { spec: model.spec, weights });
  const hdf5 = async ({ bytes }: FileBytes): Promise<Uint8Array> => {
    if (!path.endsWith('.keras')) return bytes;
    const inside = await unzip(bytes, path, defaultZipLimits);
    return inside.find((inner) => inner.path === 'model.weights.h5')?.bytes ?? new Uint8Array();
  };
  return { before: await hdf5(file), after: await hdf5(files[0] ?? file), files, file };
}

describe('other readers of HDF5', () => {
  it.for(paths)('the HDF5 library reads what was written into %s', async (path, { skip }) => {
    skip(!existsSync(path), 'SHARED_DIR is missing');
    const { FS } = await ready;
    const { after, files, file } = await rewritten(path);
    const folder = mkdtempSync(join(tmpdir(), 'hdf5-'));
    const target = join(folder, 'rewritten.h5');
    FS.writeFile(target, after);
    const hdf5 = new Hdf5File(target, 'r');
    const root = path.endsWith('.keras') ? '' : 'model_weights/';
    const old = new Map((await storedTensors([file])).map((tensor) => [tensor.name, tensor]));
    const tensors = await storedTensors(files);
    expect(tensors.length).toBeGreaterThan(5);
    for (const tensor of tensors.filter(({ stored }) => stored === 'float32')) {
      const dataset = hdf5.get(root + tensor.name) as Dataset;
      const before = decodeTensor(old.get(tensor.name) ?? tensor);
      expect(dataset.shape).toEqual(tensor.shape);
      expect(dataset.value).toEqual(before.map((value) => value * 3 + 2));
    }
    hdf5.close();
    rmSync(folder, { recursive: true });
  });

  const dump = 'h5dump';
  const hasDump = spawnSync(dump, ['--version']).status === 0;
  it.skipIf(!hasDump).for(paths)('h5dump finds the same structure in %s before and after', async (path, { skip }) => {
    skip(!existsSync(path), 'SHARED_DIR is missing');
    const { before, after } = await rewritten(path);
    const folder = mkdtempSync(join(tmpdir(), 'keras-'));
    const headers = [before, after].map((bytes, index) => {
      const name = join(folder, `${index}.h5`);
      writeFileSync(name, bytes);
      return execFileSync(dump, ['-H', '-p', name], { encoding: 'utf8' }).replace(name, '');
    });
    rmSync(folder, { recursive: true });
    expect(headers[0]).toContain('DATASET');
    expect(headers[1]).toBe(headers[0]);
  });
});
