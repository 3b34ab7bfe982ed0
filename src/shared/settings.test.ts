import { describe, expect, it } from 'vitest';
import { StudioError } from './failure';
import { defaultSettings, parseSetting, presets, settingsOf, settingsTable } from './settings';
import type { PresetName } from './settings';

const names = Object.keys(presets) as PresetName[];

describe('presets', () => {
  it.each(names)('%s has values that the table allows', (name) => {
    for (const [key, value] of Object.entries(settingsOf(name)))
      expect(parseSetting(key, String(value))).toEqual({ [key]: value });
  });

  it('leave the defaults to `socket`', () => {
    expect(settingsOf('socket')).toEqual(defaultSettings);
  });

  it('take overrides on top', () => {
    expect(settingsOf('shot', { epochs: 2 })).toMatchObject({ epochs: 2, pairWeight: 0, pseudoLabelWeight: 0.3 });
  });

  it('turn every quirk of the released code on in `socket-reference`', () => {
    expect(settingsOf('socket-reference')).toMatchObject({
      statisticsGate: 'sigmoidSum',
      statisticsWeight: 0.5,
      pairWeight: 0.5,
      pseudoLabelRounds: '1',
      pseudoLabelMetric: 'euclidean',
      pseudoLabelView: 'random',
      pairBatchNorm: 'own',
      pairAugmentation: 'independent',
      pairSampling: 'iid',
      batchNormMode: 'train',
      weightDecay: 0.001,
    });
  });
});

describe('a setting from text', () => {
  it('is a number or one of the choices', () => {
    expect(parseSetting('learningRate', '0.02')).toEqual({ learningRate: 0.02 });
    expect(parseSetting('optimizer', 'adam')).toEqual({ optimizer: 'adam' });
  });

  it.each([
    ['epochs', '0', 'from 1 to 1000'],
    ['epochs', '1.5', 'a whole number'],
    ['learningRate', '', 'a number'],
    ['learningRate', 'NaN', 'a number'],
    ['optimizer', 'toString', 'sgd, adam'],
    ['epoch', '3', 'epochs'],
    ['toString', '3', 'epochs'],
  ])('is refused for %s = "%s", saying what it takes', (key, text, remedy) => {
    expect(() => parseSetting(key, text)).toThrow(StudioError);
    try {
      parseSetting(key, text);
    } catch (error) {
      expect((error as StudioError).failure).toMatchObject({ code: 'bad-setting' });
      expect((error as StudioError).failure.remedy).toContain(remedy);
    }
  });
});

describe('the table', () => {
  it.each(Object.entries(settingsTable))('has a default in range for %s', (key, setting) => {
    expect(parseSetting(key, String(setting.default))).toEqual({ [key]: setting.default });
  });
});
