import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../tests/backend';
import '../../tests/matchers';
import { normalTensor } from '../../tests/random';
import { runningStatisticsInPlace } from './runningStatistics';
import { controlOf } from './stepControl';

/** Seven statistics of up to 130 channels: more than one workgroup, more than one dispatch. */
const updatesOf = () =>
  [3, 130, 64, 1, 65, 8, 7].map((channels, at) => ({
    running: tf.tidy(() => tf.variable(normalTensor([channels], at))),
    batch: normalTensor([channels], 10 + at),
    momentum: 0.9 - 0.1 * at,
    correction: 1 + 0.1 * at,
  }));

const valuesOf = (tensors: readonly tf.Tensor[]) => Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));

describe('running statistics in place', () => {
  useBackend('webgpu');

  it('move towards the batch', async () => {
    const updates = updatesOf();
    const running = updates.map((update) => update.running);
    const before = await valuesOf(running);
    const batches = await valuesOf(updates.map(({ batch }) => batch));
    const ids = running.map(({ dataId }) => dataId);
    const control = controlOf({});
    expect(() => runningStatisticsInPlace(updates, control)).toLeaveTensors(0);
    (await valuesOf(running)).forEach((values, at) => {
      const { momentum, correction } = updates[at]!;
      const expected = before[at]!.map((old, c) => momentum * old + (1 - momentum) * correction * batches[at]![c]!);
      expect(values).toBeAllClose(expected, { relative: 1e-6 });
    });
    expect(running.map(({ dataId }) => dataId)).toEqual(ids);
  });

  it('stay where the step does not go', async () => {
    const updates = updatesOf();
    const running = updates.map((update) => update.running);
    const before = await valuesOf(running);
    runningStatisticsInPlace(updates, tf.tensor1d([0, 1, 0, 0, 0, 0, 0, 0]));
    expect(await valuesOf(running)).toEqual(before);
  });
});
