import { describe, expect, it } from 'vitest';
import '../tests/matchers';
import { StudioError } from '../shared/failure';
import { augmentAndNormalise, buildBank, centroidDistances, mixBank, pseudoLabels } from './pseudoLabels';
import type { Matrix, Predictions, PseudoLabelSettings } from './pseudoLabels';

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  values: Float32Array.from(rows.flat()),
});
const images = [0, 1, 2, 3, 4];
const predictions: Predictions = {
  features: matrix([
    [1, 0],
    [0.9, 0.2],
    [0, 1],
    [-0.1, 0.8],
    [0.6, 0.6],
  ]),
  logits: matrix([
    [2, 0],
    [1, 0],
    [0, 2],
    [0, 1.5],
    [0.4, 0],
  ]),
};
const released: PseudoLabelSettings = {
  pseudoLabelRounds: '1',
  pseudoLabelMetric: 'euclidean',
  pseudoLabelThreshold: 0,
};
const shot: PseudoLabelSettings = { pseudoLabelRounds: '2', pseudoLabelMetric: 'cosine', pseudoLabelThreshold: 0 };

describe('one soft round', () => {
  it('has the centroids and distances computed by hand', () => {
    const bank = buildBank([predictions], released);
    const mixed = mixBank(bank, [1], images);
    expect(mixed.centroids.values).toBeAllClose([0.543852, 0.230596, 0.73367, 0.153627, 0.544711, 0.742541], {
      absolute: 1e-6,
    });
    expect(centroidDistances(mixed.features, mixed, 'euclidean').values).toBeAllClose(
      [0.283782, 0.777371, 0.144465, 0.645233, 0.723562, 0.226339, 0.736441, 0.246925, 0.244482, 0.316766],
      { absolute: 1e-6 },
    );
    expect([...pseudoLabels(bank, [1], images)]).toEqual([0, 0, 1, 1, 0]);
  });
});

describe('two rounds', () => {
  it('have the hard centroids and cosine distances computed by hand', () => {
    const bank = buildBank([predictions], shot);
    const mixed = mixBank(bank, [1], images);
    expect(mixed.centroids.values).toBeAllClose([0.608765, 0.201513, 0.734938, -0.038925, 0.664953, 0.742803], {
      absolute: 1e-6,
    });
    expect(centroidDistances(mixed.features, mixed, 'cosine').values).toBeAllClose(
      [0.02586, 0.501143, 0.002646, 0.380444, 0.321104, 0.002286, 0.333318, 0.002286, 0.045399, 0.145259],
      { absolute: 1e-6 },
    );
  });

  it('never give out a class that nothing predicts', () => {
    const logits = matrix(images.map((i) => [i % 2, 1 - (i % 2), -9]));
    const bank = buildBank([{ ...predictions, logits }], shot);
    expect(bank.sources[0]?.available).toEqual([true, true, false]);
    expect([...pseudoLabels(bank, [1], images)]).not.toContain(2);
  });

  it('refuse a threshold that no class passes', () => {
    expect(() => buildBank([predictions], { ...shot, pseudoLabelThreshold: 5 })).toThrow(StudioError);
  });

  it('compare raw features by Euclid', () => {
    const bank = buildBank([predictions], { ...shot, pseudoLabelMetric: 'euclidean' });
    expect(bank.sources[0]?.features.columns).toBe(2);
  });
});

describe('several sources', () => {
  it('agree with one when they are equal', () => {
    for (const settings of [released, shot]) {
      const one = pseudoLabels(buildBank([predictions], settings), [1], images);
      expect(
        pseudoLabels(buildBank([predictions, predictions, predictions], settings), [0.5, 0.2, 0.3], images),
      ).toEqual(one);
    }
  });

  it('follow the source that has all the weight', () => {
    const swapped = {
      ...predictions,
      logits: matrix([
        [0, 2],
        [0, 1],
        [2, 0],
        [1.5, 0],
        [0, 0.4],
      ]),
    };
    const bank = buildBank([predictions, swapped], shot);
    expect([...pseudoLabels(bank, [1, 0], images)]).toEqual([0, 0, 1, 1, 0]);
    expect([...pseudoLabels(bank, [0, 1], images)]).toEqual([1, 1, 0, 0, 1]);
  });
});

it('appends a 1 and normalises', () => {
  expect(augmentAndNormalise(matrix([[2, 2]])).values).toBeAllClose([2 / 3, 2 / 3, 1 / 3], { absolute: 1e-7 });
});
