import { expect, it } from 'vitest';
import { toFailure } from '../shared/failure';
import { modelDecisions, type ModelOptionTexts } from './modelOptions';

it('reads what a file leaves open', () => {
  expect(modelDecisions({})).toEqual({});
  expect(modelDecisions({ choice: 'stem:stride1', input: '48x192', pixels: 'imagenet' })).toEqual({
    choice: 'stem:stride1',
    inputSize: [48, 192],
    preprocessing: 'imagenet',
  });
  expect(modelDecisions({ pixels: '0.45/0.25' }).preprocessing).toEqual({
    mean: [0.45, 0.45, 0.45],
    std: [0.25, 0.25, 0.25],
  });
  expect(modelDecisions({ pixels: '0.1,0.2,0.3/1,2,3' }).preprocessing).toEqual({
    mean: [0.1, 0.2, 0.3],
    std: [1, 2, 3],
  });
});

it.each<[ModelOptionTexts, string]>([
  [{ input: '48' }, '--input 48 is not of the form'],
  [{ input: '0x3' }, '--input 0x3'],
  [{ pixels: 'rgb' }, '--pixels rgb is neither'],
  [{ pixels: '0.5' }, '--pixels 0.5'],
  [{ pixels: '0.5/0' }, '--pixels 0.5/0'],
  [{ pixels: '1,2/3' }, '--pixels 1,2/3'],
  [{ pixels: '/' }, '--pixels /'],
])('refuses %j by its option', (texts, message) => {
  let failure = toFailure(null);
  try {
    modelDecisions(texts);
  } catch (error) {
    failure = toFailure(error);
  }
  expect(failure).toMatchObject({ code: 'bad-setting', message: expect.stringContaining(message) as string });
});
