import { describe, expect, it } from 'vitest';
import {
  preprocessingPresets,
  readMetadata,
  readMetadataFromTexts,
  stateMetadata,
  stateMetadataInTexts,
} from './metadata';
import { onnxMetadata } from './onnx/metadata';

const own = { preset: 'own', mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] } as const;
const options = { classes: ['ant', 'bee "B"', 'ä'], resize: 72, metadata: { adaptedBy: { seed: 7 }, note: 'plain' } };

describe('what a written model says about itself', () => {
  it.each([...Object.values(preprocessingPresets), own])('is read again, with preprocessing %j', (preprocessing) => {
    const { classes, resize } = options;
    const texts = new Map(Object.entries(stateMetadataInTexts(preprocessing, options)));
    for (const read of [
      readMetadata(stateMetadata(preprocessing, options)),
      readMetadataFromTexts(texts),
      onnxMetadata(texts),
    ]) {
      expect(read).toMatchObject({ classes, resize, preprocessing: { preset: preprocessing.preset } });
      expect(read.preprocessing?.mean).toBeAllClose(preprocessing.mean, { absolute: 1e-9 });
      expect(read.preprocessing?.std).toBeAllClose(preprocessing.std, { absolute: 1e-9 });
    }
  });

  it('is JSON in texts, except what is a text already', () => {
    const texts = stateMetadataInTexts(own, { ...options, metadata: { note: 'plain', open: undefined, list: [1] } });
    expect(texts).toMatchObject({ classes: '["ant","bee \\"B\\"","ä"]', resize: '72', note: 'plain', list: '[1]' });
    expect(texts).not.toHaveProperty('open');
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['no JSON', { classes: 'ant, bee', resize: '72px', preprocessing: '{' }],
    ['JSON of other types', { classes: '{"0":"ant"}', resize: '"72"', preprocessing: '[1]' }],
    ['numbers that cannot be', { resize: '-3', preprocessing: '{"std":0}' }],
    ['a text too long to be one', { classes: `["${'a'.repeat(1_000_001)}"]` }],
  ])('says nothing with %s', (_, texts) => {
    const read = readMetadataFromTexts(new Map(Object.entries(texts)));
    expect(read).toEqual({ classes: null, preprocessing: null, resize: null });
  });
});

describe('the pixel range of the ONNX standard', () => {
  it.each([
    ['NominalRange_0_255', '0to255'],
    ['Normalized_0_1', '0to1'],
    ['Normalized_1_1', 'minus1to1'],
    ['NominalRange_16_235', undefined],
    ['anything', undefined],
  ])('%s is %s', (range, preset) => {
    expect(onnxMetadata(new Map([['Image.NominalPixelRange', range]])).preprocessing?.preset).toBe(preset);
  });

  it('gives way to the numbers of the file', () => {
    const texts = { ...stateMetadataInTexts(own, options), 'Image.NominalPixelRange': 'Normalized_0_1' };
    expect(onnxMetadata(new Map(Object.entries(texts))).preprocessing?.preset).toBe('own');
  });
});
