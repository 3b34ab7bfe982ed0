import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { switchBackend, useBackend } from '../../tests/backend';
import '../../tests/matchers';
import { normalTensor } from '../../tests/random';
import { adamStep, sgdStep } from '../optimizerSteps';
import { adamInPlace, sgdInPlace, type Moved } from './optimizer';
import { controlOf, squaredNorms, updateControl } from './stepControl';

const rule = { momentum: 0.9, weightDecay: 0.01 };
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** A random list of shapes, in one case in three with a tensor that needs more than one workgroup. */
function shapesOf(seed: number): number[][] {
  const rng = createRng(seed);
  const tensors = 1 + rng.integer(6);
  return Array.from({ length: tensors }, (_, at) =>
    at === 0 && seed % 3 === 0 ? [3, 3, 30 + rng.integer(20), 7] : [1 + rng.integer(9), 1 + rng.integer(5)],
  );
}

interface Step {
  readonly moved: Moved[];
  readonly learningRate: number;
  readonly gradientScale: number;
}

const variableOf = (values: () => tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(values()));

/** Parameters with gradients, some of them without; the same for the same seed. */
function stepOf(seed: number, slots: number): Step {
  const rng = createRng(seed + 1000);
  const moved = shapesOf(seed).map((shape, at) => ({
    parameter: variableOf(() => normalTensor(shape, seed * 31 + at)),
    gradient: rng.next() < 0.2 ? null : normalTensor(shape, seed * 57 + at),
    slots: Array.from({ length: slots }, (_, slot) =>
      variableOf(() => tf.square(normalTensor(shape, seed * 91 + at + slot))),
    ),
    rateFactor: at % 2 === 0 ? 1 : 0.1,
  }));
  return { moved, learningRate: 0.01 + 0.1 * rng.next(), gradientScale: rng.next() };
}

const tensorsOf = (moved: readonly Moved[]): tf.Variable[] =>
  moved.flatMap(({ parameter, slots }) => [parameter, ...slots]);

const valuesOf = (moved: readonly Moved[]): Promise<Float32Array[]> =>
  Promise.all(tensorsOf(moved).map((tensor) => tensor.data<'float32'>()));

function free(moved: readonly Moved[]): void {
  tf.dispose([...tensorsOf(moved), ...moved.flatMap(({ gradient }) => gradient ?? [])]);
}

/** Two steps with the numbers of steps 3 and 4 of Adam. */
const powersOf = (step: number): [number, number] => [adam.beta1 ** step, adam.beta2 ** step];

/** The same two steps by the functions of the other backends. */
async function expectedOf(seed: number, slots: 1 | 2): Promise<Float32Array[]> {
  await switchBackend('cpu');
  const { moved, learningRate, gradientScale } = stepOf(seed, slots);
  for (const at of [3, 4]) {
    for (const { parameter, gradient, slots: memory, rateFactor } of moved) {
      const given = gradient ?? tf.zeros(parameter.shape);
      const [first, second] = memory as [tf.Variable, tf.Variable];
      const numbers = { learningRate: learningRate * rateFactor, gradientScale, weightDecay: 0.01 };
      const [beta1Power, beta2Power] = powersOf(at);
      if (slots === 1) sgdStep(parameter, given, first, { ...numbers, ...rule });
      else adamStep(parameter, given, first, second, { ...numbers, ...adam, beta1Power, beta2Power });
    }
  }
  const values = await valuesOf(moved);
  free(moved);
  await switchBackend('webgpu');
  return values;
}

describe('optimisers in place', () => {
  useBackend('webgpu');

  it.each([
    ['sgd', 1],
    ['adam', 2],
  ] as const)(
    '%s moves 20 random lists of parameters as the other backends do, in their buffers',
    async (name, slots) => {
      for (let seed = 1; seed <= 20; seed++) {
        const { moved, learningRate, gradientScale } = stepOf(seed, slots);
        const ids = tensorsOf(moved).map(({ dataId }) => dataId);
        for (const at of [3, 4]) {
          const control = controlOf({ learningRate, gradientScale, betaPowers: powersOf(at) });
          if (name === 'sgd') sgdInPlace(moved, control, rule);
          else adamInPlace(moved, control, adam);
          control.dispose();
        }
        const values = await valuesOf(moved);
        expect(tensorsOf(moved).map(({ dataId }) => dataId)).toEqual(ids);
        free(moved);
        const expected = await expectedOf(seed, slots);
        values.forEach((actual, at) => expect(actual).toBeAllClose(expected[at]!, { relative: 2e-6 }));
      }
    },
  );

  it('leaves every bit where the step does not go', async () => {
    const { moved } = stepOf(3, 1);
    const before = await valuesOf(moved);
    const control = tf.tensor1d([0.1, 1, 0, 0, 0.1, 0.1, 0, 0]);
    sgdInPlace(moved, control, rule);
    expect(await valuesOf(moved)).toEqual(before);
    free(moved);
  });

  it('keeps the tensors that shared the old value', async () => {
    const parameter = tf.variable(tf.tensor1d([1]));
    const before = tf.clone(parameter);
    const moved = [{ parameter, gradient: tf.tensor1d([1]), slots: [tf.variable(tf.zeros([1]))], rateFactor: 1 }];
    sgdInPlace(moved, controlOf({ learningRate: 0.5 }), { momentum: 0, weightDecay: 0 });
    expect([...(await before.data()), ...(await parameter.data())]).toEqual([1, 0.5]);
  });

  it('reads the value of after a step that was taken while an older value was being read', async () => {
    const parameter = tf.variable(tf.tensor1d([1]));
    const moved = [{ parameter, gradient: tf.tensor1d([1]), slots: [tf.variable(tf.zeros([1]))], rateFactor: 1 }];
    const step = (): void => sgdInPlace(moved, controlOf({ learningRate: 0.5 }), { momentum: 0, weightDecay: 0 });
    step();
    const older = parameter.data();
    step();
    expect([...(await older), ...(await parameter.data())]).toEqual([0.5, 0]);
  });

  it('keeps no tensor', () => {
    const { moved } = stepOf(6, 1);
    const control = controlOf({ learningRate: 0.1 });
    expect(() => sgdInPlace(moved, control, rule)).toLeaveTensors(0);
    expect(() => squaredNorms(tensorsOf(moved))).toLeaveTensors(1);
  });
});

describe('control of a step', () => {
  useBackend('webgpu');

  it.each([1, 2, 3, 6])('adds up the squares of random tensors, list %i', async (seed) => {
    const tensors = [...shapesOf(seed), ...shapesOf(seed + 50), ...shapesOf(seed + 90)].map((shape, at) =>
      normalTensor(shape, at),
    );
    let expected = 0;
    for (const tensor of tensors) for (const value of await tensor.data()) expected += value * value;
    expect(await squaredNorms(tensors).data()).toBeAllClose([expected], { relative: 1e-6 });
  });

  interface Decision {
    readonly loss?: number;
    readonly norm?: number;
    readonly clip?: number;
  }

  /** Control and broken flag after steps of rate 0.25 one after the other. */
  async function decide(...steps: Decision[]): Promise<{ control: number[]; broken: number }> {
    const control = controlOf({});
    const broken = tf.zeros<tf.Rank.R1>([1]);
    for (const { loss = 1, norm = 3, clip = 0 } of steps) {
      const checked = { loss: tf.scalar(loss), squaredNorm: tf.scalar(norm * norm) };
      updateControl({ control, broken, numbers: tf.tensor1d([0.25, 0.1, 0.001]), checked }, clip);
    }
    return { control: [...(await control.data())], broken: (await broken.data())[0] ?? NaN };
  }

  it('carries rate, scale, norm, and what Adam divides by', async () => {
    const { control, broken } = await decide({}, {});
    expect(control).toBeAllClose([0.25, 1, 1, 3, 0.1, 0.001, 0, 0], { absolute: 1e-7 });
    expect(broken).toBe(0);
  });

  it.each([
    { norm: 3, clip: 1.5, scale: 0.5 },
    { norm: 3, clip: 4, scale: 1 },
    { norm: 0, clip: 1, scale: 1 },
  ])('scales gradients of norm $norm by $scale for a clip at $clip', async ({ norm, clip, scale }) => {
    const { control } = await decide({ norm, clip });
    expect(control[1]).toBeCloseTo(scale, 5);
  });

  it.each<Decision>([{ loss: NaN }, { loss: Infinity }, { loss: -Infinity }, { norm: NaN }, { norm: Infinity }])(
    'stops at %o, and at every later step',
    async (bad) => {
      expect(await decide(bad)).toMatchObject({ broken: 1 });
      const { control, broken } = await decide({}, bad, {});
      expect([control[2], broken]).toEqual([0, 1]);
    },
  );

  it('lets an unchecked step go unless an earlier one was broken', async () => {
    const numbers = tf.tensor1d([0.5, 0, 0]);
    const goes = async (flag: number): Promise<number | undefined> => {
      const control = controlOf({});
      updateControl({ control, broken: tf.tensor1d([flag]), numbers, checked: null });
      return (await control.data())[2];
    };
    expect([await goes(0), await goes(1)]).toEqual([1, 0]);
  });
});
