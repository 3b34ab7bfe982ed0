import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelsWarning, readOptions } from './adaptOptions';

const there = mkdtempSync(join(tmpdir(), 'adapt-'));
const basics = ['--model', there, '--target', there, '--out', join(there, 'out')];

describe('the command line', () => {
  it('takes several models, and settings over those of the preset', () => {
    const options = readOptions([
      ...basics,
      '--model',
      there,
      '--preset',
      'shot',
      '--epochs',
      '3',
      '--seed',
      '9',
      '--set',
      'optimizer=adam',
    ]);
    expect(options?.models).toEqual([there, there]);
    expect(options?.settings).toMatchObject({ epochs: 3, seed: 9, optimizer: 'adam', pairWeight: 0 });
    expect(options).toMatchObject({ backend: 'auto', kernels: 'own' });
  });

  it('takes the kernels to compare with', () => {
    expect(readOptions([...basics, '--preset', 'shot', '--kernels', 'stock'])?.kernels).toBe('stock');
  });

  it('takes the form of the adapted model, and without it writes a layers model', () => {
    expect(readOptions([...basics, '--preset', 'shot', '--form', 'onnx'])?.form).toBe('onnx');
    expect(readOptions([...basics, '--preset', 'shot'])?.form).toBe('layersModel');
  });

  it('warns of kernels that the backend has not', () => {
    expect(kernelsWarning('stock', 'wasm')).toContain('--kernels stock has no effect here');
    expect(kernelsWarning('stock', 'webgpu')).toBeNull();
    expect(kernelsWarning('own', 'wasm')).toBeNull();
  });

  it('asks for no pairs where the preset uses none', () => {
    expect(readOptions([...basics, '--preset', 'bn-refresh'])?.folders).toEqual({ target: there });
  });

  it('takes parts of a recipe as they stand in a run record', () => {
    const recipeOf = (json: string) => readOptions([...basics, '--preset', 'shot', '--recipe', json])?.recipe;
    const parts = {
      scaling: { kind: 'disparity', low: 400, high: 8000 },
      holes: 'mask',
      encoding: { kind: 'normals', intrinsics: null },
      resize: 'holeAware',
      orientation: 'apply',
      eightBit: true,
    };
    expect(recipeOf(JSON.stringify(parts))).toEqual(parts);
    expect(readOptions([...basics, '--preset', 'shot'])?.recipe).toBeNull();
  });

  it.each([
    ['{', /--recipe is no JSON/],
    ['[]', /--recipe is not an object/],
    ['{"scale":1}', /A recipe has no part "scale"/],
    ['{"holes":"fill"}', /There is no holes "fill"/],
    ['{"scaling":{"kind":"clip","low":1}}', /There is no scaling/],
    ['{"scaling":{"kind":"toString"}}', /There is no scaling/],
    ['{"scaling":{"kind":"full","low":1}}', /There is no scaling/],
    ['{"encoding":{"kind":"hha","intrinsics":null,"metresPerUnit":1}}', /There is no encoding/],
    ['{"eightBit":"yes"}', /There is no eightBit "yes"/],
  ])('refuses the recipe %s', (json, message) => {
    expect(() => readOptions([...basics, '--preset', 'shot', '--recipe', json])).toThrow(message);
  });

  it('is answered with help', () => {
    expect(readOptions(['--help'])).toBeNull();
  });

  it.each([
    [
      ['--model', '/no/model', '--target', there, '--out', there],
      'There is nothing at the path given with --model: /no/model',
    ],
    [['--target', there, '--out', there], '--model is missing.'],
    [['--model', there, '--out', there], '--target is missing.'],
    [['--model', there, '--target', there], '--out is missing.'],
    [[...basics, '--labels', '/no/such'], 'There is nothing at the path given with --labels: /no/such'],
    [basics, 'The preset "studio" uses pairs, but --pairs-rgb is missing.'],
    [[...basics, '--preset', 'magic'], 'There is no preset "magic".'],
    [[...basics, '--backend', 'cuda'], 'There is no backend "cuda".'],
    [[...basics, '--kernels', 'fast'], 'There are no kernels "fast".'],
    [[...basics, '--form', 'coreml'], 'There is no form "coreml".'],
    [[...basics, '--backend', 'wasm', '--kernels', 'stock'], '--kernels stock only concerns WebGPU'],
    [[...basics, '--preset', 'shot', '--epochs', 'two'], '"Epochs" (epochs) cannot be "two".'],
    [[...basics, '--preset', 'shot', '--set', 'speed'], '--set speed is not of the form key=value.'],
    [[...basics, '--preset', 'shot', '--set', 'speed=9'], 'There is no setting called "speed".'],
    [[...basics, '--fast'], "Unknown option '--fast'"],
  ])('%j is refused: %s', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
