import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import '../tests/matchers';
import { mix, mixingOf, mixingWeights } from './mixing';

const forms = ['normalised', 'released'] as const;

describe('mixing weights', () => {
  useBackend('cpu');

  it.each(forms)('are sigmoids divided by their sum (%s)', async (form) => {
    const expected = [0.44081277, 0.33153817, 0.22764899]; // (0.73105860, 0.54983395, 0.37754068) / 1.65843323
    expect(mixingOf([1, 0.2, -0.5], form)).toBeAllClose(expected, { absolute: 1e-7 });
    expect(await mixingWeights(tf.tensor1d([1, 0.2, -0.5]), form).data()).toBeAllClose(expected, { absolute: 1e-7 });
  });

  it('shrink below w = -37 in the released form', async () => {
    const shrunk = 4.24835426e-18 / (4.24835426e-18 + 1e-16);
    expect(mixingOf([-40], 'released')[0]).toBeCloseTo(shrunk, 8);
    expect((await mixingWeights(tf.tensor1d([-40]), 'released').data())[0]).toBeCloseTo(shrunk, 6);
  });

  it('always add up to 1 when normalised', async () => {
    expect(mixingOf([-1000], 'normalised')).toEqual([1]);
    expect(mixingOf([-1000, -1000], 'normalised')).toEqual([0.5, 0.5]);
    expect(await mixingWeights(tf.tensor1d([-80, -80]), 'normalised').data()).toBeAllClose([0.5, 0.5], {
      absolute: 1e-6,
    });
  });

  it('weigh and add tensors', async () => {
    const mixed = mix([tf.tensor1d([1, 2]), tf.tensor1d([10, 20])], tf.tensor1d([0.75, 0.25]));
    expect(await mixed.data()).toBeAllClose([3.25, 6.5], { absolute: 1e-6 });
  });
});
