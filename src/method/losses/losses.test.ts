import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../tests/backend';
import '../../tests/matchers';
import { crossEntropy } from './crossEntropy';
import { batchDiversity, meanEntropy } from './entropy';
import { pairMatching } from './pairMatching';
import { norm, rowNorms } from './rowNorms';
import { matchPerLayer, matchPerSource, matchReleased } from './statisticsMatching';
import type { Moments } from './statisticsMatching';

const numberOf = async (scalar: tf.Tensor): Promise<number> => (await scalar.data())[0] ?? NaN;

/** Four predictions of three classes. */
const logits = (): tf.Tensor2D =>
  tf.tensor2d([
    [2, 0.5, -1],
    [0.1, 0.2, 0.3],
    [-1, 3, 0],
    [1.5, 1.5, -2],
  ]);

describe.each(['cpu', 'wasm'] as const)('losses on %s', (backend) => {
  useBackend(backend);

  describe('entropy', () => {
    it('is the mean of the entropies of the rows', async () => {
      const mean = (0.62155461 + 1.09525728 + 0.27428308 + 0.76016235) / 4;
      expect(await numberOf(meanEntropy(logits(), 'epsilon'))).toBeCloseTo(mean, 6);
    });

    it('of the mean prediction is the diversity', async () => {
      // H(0.39897937, 0.48407948, 0.11694117)
      expect(await numberOf(batchDiversity(logits(), 'epsilon'))).toBeCloseTo(0.96873868, 6);
    });

    it('is the same in both forms but for the 1e-5', async () => {
      for (const loss of [meanEntropy, batchDiversity]) {
        expect(await numberOf(loss(logits(), 'logSoftmax'))).toBeCloseTo(await numberOf(loss(logits(), 'epsilon')), 4);
      }
    });

    it('minus diversity is 0 when every prediction is the same, however certain', async () => {
      const same = tf.tensor2d([
        [3, 1],
        [3, 1],
      ]);
      for (const form of ['epsilon', 'logSoftmax'] as const) {
        expect(await numberOf(tf.sub(meanEntropy(same, form), batchDiversity(same, form)))).toBeCloseTo(0, 6);
      }
    });

    it('stays finite, with its gradient, for the most certain predictions', async () => {
      const certain = tf.tensor2d([
        [1e4, 0, -1e4],
        [0, 1e4, 0],
      ]);
      for (const form of ['epsilon', 'logSoftmax'] as const) {
        for (const loss of [meanEntropy, batchDiversity]) {
          const { value, grad } = tf.valueAndGrad((x) => loss(x as tf.Tensor2D, form))(certain);
          expect(Number.isFinite(await numberOf(value))).toBe(true);
          expect((await grad.data()).every(Number.isFinite)).toBe(true);
        }
      }
    });
  });

  describe('cross-entropy', () => {
    const labels = (): tf.Tensor1D => tf.tensor1d([0, 2, 1, 1], 'int32');

    it('is the mean of -ln p of the labels', async () => {
      expect(await numberOf(crossEntropy(logits(), labels()))).toBeCloseTo(0.50431776, 6);
    });

    it('spreads a share of the target over all classes', async () => {
      expect(await numberOf(crossEntropy(logits(), labels(), 0.1))).toBeCloseTo(0.63181782, 6);
    });
  });

  describe('pair matching', () => {
    const source = (): tf.Tensor2D =>
      tf.tensor2d([
        [1, 2, 3],
        [0, -1, 1],
      ]);
    const target = (): tf.Tensor2D =>
      tf.tensor2d([
        [0.5, 2, 1],
        [1, -1, 0],
      ]);
    const one = (): tf.Tensor1D => tf.tensor1d([1]);

    it.each([
      ['frobenius', Math.sqrt(0.25 + 4 + 1 + 1)], // 2.5
      ['meanSquared', 6.25 / 6],
      ['rowMean', (Math.sqrt(4.25) + Math.sqrt(2)) / 2], // 1.73788309
      ['cosine', 1 - ((0.5 + 4 + 3) / Math.sqrt(14 * 5.25) + 1 / 2) / 2],
    ] as const)('by %s is %f', async (form, expected) => {
      expect(await numberOf(pairMatching([source()], [target()], one(), form))).toBeCloseTo(expected, 6);
    });

    it('mixes sources before the norm, so that opposite differences cancel', async () => {
      const swapped = pairMatching([source(), target()], [target(), source()], tf.tensor1d([0.5, 0.5]), 'frobenius');
      expect(await numberOf(swapped)).toBeCloseTo(0, 6);
    });

    it.each(['frobenius', 'meanSquared', 'rowMean'] as const)(
      'by %s has gradient 0 where features agree',
      async (form) => {
        const gradient = tf.grad((x) => pairMatching([source()], [x as tf.Tensor2D], one(), form))(source());
        expect([...(await gradient.data())].map(Math.abs)).toEqual([0, 0, 0, 0, 0, 0]);
      },
    );
  });

  describe('statistics matching', () => {
    const moments = (mean: readonly number[], variance: readonly number[]): Moments => ({
      mean: tf.tensor1d([...mean]),
      variance: tf.tensor1d([...variance]),
    });
    // x = (1..16) / 4 as [2, 2, 2, 2]: mean (1.625, 2.625), biased variance 1.078125 in both channels.
    const seen = (): Moments => moments([1.625, 2.625], [1.078125, 1.078125]);
    const stored = (): Moments => moments([0.1, -0.2], [1.5, 0.5]);
    const gap = 3.21033502 + 0.71568638;
    const equalWeights = (): tf.Tensor1D => tf.tensor1d([0.5, 0.5]);

    it('adds the norms of both gaps, ten times at the first layer', async () => {
      for (const match of [matchPerLayer, matchPerSource]) {
        const layers = [[seen(), seen()]];
        const value = await numberOf(match(layers, [[stored(), stored()]], tf.tensor1d([1]), 10));
        expect(value).toBeCloseTo(11 * gap, 4);
      }
    });

    it('cancels opposite gaps of two sources per layer, but not per source', async () => {
      const target = [[seen()], [stored()]];
      const source = [[stored()], [seen()]];
      expect(await numberOf(matchPerLayer(target, source, equalWeights(), 10))).toBeCloseTo(0, 6);
      expect(await numberOf(matchPerSource(target, source, equalWeights(), 10))).toBeCloseTo(10 * gap, 4);
    });

    it('has one gate for all sources in the released form, and the first factor only once', async () => {
      const raw = tf.tensor1d([1, -0.5]);
      const gate = 1 / (1 + Math.exp(-1)) + 1 / (1 + Math.exp(0.5));
      const value = matchReleased([[seen()], [seen()]], [[stored()], [stored()]], raw, 10);
      expect(await numberOf(value)).toBeCloseTo(gate * 11 * gap, 4);
    });

    it('has gradient 0 where statistics agree', async () => {
      const gradient = tf.grad((mean) => {
        const target = [[{ ...stored(), mean: mean as tf.Tensor1D }]];
        return matchPerLayer(target, [[stored()]], tf.tensor1d([1]), 10);
      })(stored().mean);
      expect([...(await gradient.data())].map(Math.abs)).toEqual([0, 0]);
    });

    it('is 0 for a model without layers', async () => {
      expect(await numberOf(matchReleased([[]], [[]], tf.tensor1d([1]), 10))).toBe(0);
    });
  });

  describe('norms', () => {
    it('are Euclidean, with the unit vector as gradient', async () => {
      const x = tf.tensor2d([
        [3, 4],
        [0, 0],
      ]);
      expect(await rowNorms(x).data()).toBeAllClose([5, 0], { absolute: 1e-6 });
      const gradient = tf.grad((rows) => tf.sum(rowNorms(rows as tf.Tensor2D)))(x);
      expect(await gradient.data()).toBeAllClose([0.6, 0.8, 0, 0], { absolute: 1e-6 });
      expect(await numberOf(norm(x))).toBeCloseTo(5, 6);
    });

    it('keep no tensor but the result', () => {
      const x = tf.tensor2d([[3, 4]]);
      expect(() => norm(x)).toLeaveTensors(1);
      expect(() => meanEntropy(x, 'epsilon')).toLeaveTensors(1);
      expect(() => pairMatching([x], [x], tf.tensor1d([1]), 'cosine')).toLeaveTensors(2); // the weights are the test's
    });
  });
});
