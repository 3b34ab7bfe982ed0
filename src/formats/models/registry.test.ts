import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { StudioError, toFailure } from '../../shared/failure';
import { image, jsonFile, layer, modelFiles, sequential } from '../fixtures/kerasModel';
import { byteChanges, handle, truncations } from '../../tests/mutations';
import { zip } from '../zip';
import type { FileBytes } from './format';
import { openModel } from './registry';

const tiny = modelFiles(
  sequential([
    image(8, 8),
    layer('Conv2D', 'conv', { filters: 4, kernel_size: 3, padding: 'same' }),
    layer('BatchNormalization', 'bn'),
    layer('Flatten', 'flat'),
    layer('Dense', 'classes', { units: 3, activation: 'softmax' }),
  ]),
  {
    'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'bn/gamma': [4], 'bn/beta': [4], 'bn/moving_mean': [4],
    'bn/moving_variance': [4], 'classes/kernel': [256, 3], 'classes/bias': [3],
  },
); // prettier-ignore

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const file = (path: string, ...bytes: number[]): FileBytes => ({ path, bytes: Uint8Array.from(bytes) });

async function failureOf(files: readonly FileBytes[]) {
  return toFailure(await openModel(files).catch((error: unknown) => error));
}

describe('openModel', () => {
  it('opens a folder, loose files and a zip with what macOS adds alike', async () => {
    const expected = (await openModel(tiny)).spec;
    const folder = tiny.map(({ path, bytes }) => ({ path: `my model/deep/${path}`, bytes }));
    const archive = zip([{ path: '__MACOSX/._model.json', bytes: text('junk') }, ...folder]);
    expect((await openModel(folder)).spec).toEqual(expected);
    expect((await openModel(tiny.toReversed())).spec).toEqual(expected);
    expect((await openModel([{ path: 'any.dat', bytes: archive }])).spec).toEqual(expected);
  });

  const lengthOf = (value: number): number[] => [value, 0, 0, 0, 0, 0, 0, 0];
  it.each<[string, readonly FileBytes[], string, string, RegExp]>([
    ['HDF5 that was cut off, whatever it is called', [file('best.keras', 0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10)], 'damaged-file', 'best.keras is damaged', /again/],
    ['.keras without its weights', [{ path: 'm.keras', bytes: zipSync({ 'config.json': text('{}'), 'metadata.json': text('{"keras_version": "3.6.0"}') }) }], 'missing-file', 'm.keras is a Keras model without its model.weights.h5', /model\.keras/],
    ['a SavedModel', [file('saved_model.pb', 8, 1)], 'unsupported-format', 'a TensorFlow SavedModel', /model\.keras/],
    ['a PyTorch zip whose pickle is none', [{ path: 'm.pt', bytes: zipSync({ 'archive/data.pkl': text('x'), 'archive/version': text('3') }) }], 'damaged-file', 'm.pt is a damaged PyTorch file', /torch.save/],
    ['a pickle', [file('m.pth', 0x80, 2, 0x8a, 0x0a)], 'unsupported-format', 'a Python pickle that torch.save did not write', /torch.save/],
    ['safetensors without tensors', [{ path: 'm.bin', bytes: Uint8Array.from([...lengthOf(2), 0x7b, 0x7d]) }], 'unsupported-format', 'm.bin holds the weights of a network that the studio does not know', /torch.onnx.export/],
    ['TFLite', [file('m.tflite', 0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33)], 'unsupported-format', 'a TFLite model', /Keras/],
    ['Core ML', [file('m.mlmodel', 0x08, 4, 0x12, 6, 0x0a, 4, 0x0a, 2, 0x78, 0x79)], 'unsupported-format', 'm.mlmodel is a Core ML model', /PyTorch, Keras or ONNX/],
    ['a Core ML package', [{ path: 'm.mlpackage/Manifest.json', bytes: text('{"author": "com.apple.CoreML"}') }], 'unsupported-format', 'Manifest.json is a Core ML model', /PyTorch/],
    ['ONNX that was cut off', [file('m.dat', 0x08, 8, 0x12, 1, 0x61, 0x3a, 7)], 'damaged-file', 'm.dat is a damaged ONNX model', /again/],
    ['a GraphModel', [jsonFile('m.json', { modelTopology: { node: [] }, weightsManifest: [] })], 'unsupported-format', 'm.json is a TFJS GraphModel', /tfjs_layers_model/],
    ['a GraphModel by its format', [jsonFile('m.json', { format: 'graph-model', modelTopology: {}, weightsManifest: [] })], 'unsupported-format', 'a TFJS GraphModel', /tfjs_layers_model/],
    ['a Git LFS pointer', [{ path: 'model.json', bytes: text('version https://git-lfs.github.com/spec/v1\noid sha256:0\n') }], 'missing-file', 'a pointer of Git LFS', /git lfs pull/],
    ['a web page saved as model.json', [{ path: 'model.json', bytes: text('<html>404</html>') }, file('weights.bin', 0, 0, 0, 0)], 'damaged-file', 'model.json is no TFJS model', /download it again/],
    ['weights without model.json', [file('group1-shard1of2.bin', 0, 0, 0, 0)], 'missing-file', 'without their model.json', /Drop model.json/],
    ['a checkpoint in an archive', [{ path: 'packed.zip', bytes: zip([{ path: 'net.pth', bytes: zip([{ path: 'net/data.pkl', bytes: text('x') }]) }]) }], 'unknown-format', 'packed.zip holds net.pth, which is an archive itself', /Take net.pth out of packed.zip/],
    ['pictures', [file('a/cat.png', 0x89, 0x50), file('dog.png', 0x89, 0x50)], 'unknown-format', 'No model was found in cat.png, dog.png', /trained classifier/],
    ['nothing', [], 'unknown-format', 'There is no file', /trained classifier/],
    ['cut-off JSON', [{ path: 'model.json', bytes: (tiny[0]?.bytes ?? new Uint8Array()).slice(0, 300) }], 'damaged-file', 'its JSON text is damaged', /again/],
  ])('refuses %s by its content and names the way out', async (_, files, code, message, remedy) => {
    const failure = await failureOf(files);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.remedy).toMatch(remedy);
  }); // prettier-ignore

  it('refuses two models in one drop by their names, and takes the companions of one for what they are', async () => {
    const second = tiny.map(({ path, bytes }) => ({ path: `copy/${path}`, bytes }));
    const archives = [
      { path: 'a.zip', bytes: zip(tiny) },
      { path: 'b.zip', bytes: zip(tiny) },
    ];
    for (const files of [[...tiny, ...second], archives, [{ path: 'both.zip', bytes: zip([...tiny, ...second]) }]]) {
      const failure = await failureOf(files);
      expect(failure).toMatchObject({ code: 'bad-model', remedy: expect.stringMatching(/only the one/) as string });
      expect(failure.message).toContain('There are 2 models in the drop');
    }
    const companions = [
      { path: 'README.md', bytes: text('a model') },
      { path: 'labels.txt', bytes: text('a') },
    ];
    expect((await openModel([...tiny, ...companions])).spec.classCount).toBe(3);
  });

  it('ignores names that JavaScript gives a meaning', async () => {
    const json = new TextDecoder().decode(tiny[0]?.bytes);
    const polluted = json.replace(
      '{',
      '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}},',
    );
    const { spec } = await openModel([{ path: 'model.json', bytes: text(polluted) }, ...tiny.slice(1)]);
    expect(spec.classCount).toBe(3);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

/** A model or a refusal; anything else is a fault of the reader. */
async function isHandled(files: readonly FileBytes[]): Promise<boolean> {
  return openModel(files).then(
    () => true,
    (error: unknown) => {
      if (error instanceof StudioError && error.failure.remedy.length > 0) return true;
      throw error;
    },
  );
}

describe('damaged files are read or refused, never a crash', () => {
  const [json, weights] = tiny;
  const archive = zip(tiny);
  const deflated = zipSync(Object.fromEntries(tiny.map(({ path, bytes }) => [path, bytes])));

  /** A file's bytes with some of them changed, and cut off somewhere or not at all. */
  function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    return fc.tuple(fc.array(change, { maxLength: 6 }), fc.option(fc.nat(bytes.length))).map(([changes, end]) => {
      const copy = bytes.slice();
      for (const [offset, value] of changes) copy[offset] = value;
      return end === null ? copy : copy.subarray(0, end);
    });
  }

  it.each<[string, Uint8Array | undefined, (bytes: Uint8Array) => readonly (FileBytes | undefined)[]]>([
    ['model.json', json?.bytes, (bytes) => [{ path: 'model.json', bytes }, weights]],
    ['weights.bin', weights?.bytes, (bytes) => [json, { path: 'weights.bin', bytes }]],
    ['a stored zip', archive, (bytes) => [{ path: 'a.zip', bytes }]],
    ['a deflated zip', deflated, (bytes) => [{ path: 'a.zip', bytes }]],
  ])('%s', async (_, bytes = new Uint8Array(), files) => {
    const given = (mutant: Uint8Array) => files(mutant).filter((candidate) => candidate !== undefined);
    await fc.assert(fc.asyncProperty(mutations(bytes), (mutant) => isHandled(given(mutant))), { numRuns: 400, seed: 1 });
  }); // prettier-ignore

  it.each<[string, Uint8Array | undefined, (bytes: Uint8Array) => readonly (FileBytes | undefined)[]]>([
    ['model.json', json?.bytes, (bytes) => [{ path: 'model.json', bytes }, weights]],
    ['a deflated zip', deflated, (bytes) => [{ path: 'a.zip', bytes }]],
  ])('%s cut off anywhere or with one byte changed, within 2 s and 512 MB', async (_, bytes = new Uint8Array(), files) => {
    const read = (damaged: Uint8Array) => openModel(files(damaged).filter((file) => file !== undefined));
    const cut = await handle(truncations(bytes, Math.min(2048, bytes.length - 1)), read);
    const changed = await handle(byteChanges(bytes, 2048), read);
    expect(cut.opened).toBe(0);
    expect(Math.max(cut.milliseconds, changed.milliseconds)).toBeLessThan(2000);
    expect(Math.max(cut.bytes, changed.bytes)).toBeLessThan(2 ** 29);
  }); // prettier-ignore

  /** Every place of the JSON in turn holds something else. */
  it('a topology with any value replaced by any other', async () => {
    const model = JSON.parse(new TextDecoder().decode(json?.bytes)) as unknown;
    const values = [null, 0, -1, 1.5, 1e300, '', 'x', '__proto__', [], {}, [[]], true, [null, 1e9, 1e9, 3]];
    const paths: (string | number)[][] = [];
    const collect = (value: unknown, path: (string | number)[]): void => {
      paths.push(path);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, item] of Object.entries(value)) collect(item, [...path, key]);
    };
    collect(model, []);
    for (const path of paths.slice(1)) {
      for (const value of values) {
        const copy = structuredClone(model) as Record<string | number, unknown>;
        const parent = path.slice(0, -1).reduce<Record<string | number, unknown>>((node, key) => node[key] as Record<string, unknown>, copy);
        parent[path.at(-1) ?? ''] = value;
        expect(await isHandled([jsonFile('model.json', copy), ...tiny.slice(1)])).toBe(true);
      }
    }
    expect(paths.length).toBeGreaterThan(50);
  }); // prettier-ignore
});
