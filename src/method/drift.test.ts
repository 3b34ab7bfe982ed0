import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { channelDistances, layerDrift, pool, quantile } from './drift';
import type { LayerStatistics } from './statistics';

const batch = (mean: number, variance: number, count = 10): LayerStatistics => ({
  layer: 'bn',
  spatial: true,
  count,
  mean: Float32Array.of(mean),
  variance: Float32Array.of(variance),
});
const stored = { layer: 'bn', spatial: true, epsilon: 0, mean: Float32Array.of(1), variance: Float32Array.of(4) };

describe('pooling', () => {
  it('equals measuring all values at once', () => {
    // 0, 2 and 4, 6, 8, 10: means 1 and 7, variances 1 and 5; together mean 5, variance (25+9+1+1+9+25)/6
    const pooled = pool([
      { count: 2, mean: Float32Array.of(1), variance: Float32Array.of(1) },
      { count: 4, mean: Float32Array.of(7), variance: Float32Array.of(5) },
    ]);
    expect(pooled.count).toBe(6);
    expect(pooled.mean[0]).toBeCloseTo(5);
    expect(pooled.variance[0]).toBeCloseTo(70 / 6);
  });
});

describe('drift', () => {
  it('is a shift in source standard deviations', () => {
    expect(channelDistances({ mean: [7], variance: [4] }, stored, 0)).toEqual([3]); // (7 - 1) / 2
  });

  it('is a spread relative to the source', () => {
    expect(channelDistances({ mean: [1], variance: [16] }, stored, 0)).toEqual([1]); // 4 / 2 - 1
  });

  it('reports distance, terms with the first factor, and the chance level', () => {
    const [layer] = layerDrift(0, [stored], [[batch(7, 4)], [batch(7, 4)]], 10, createRng(1));
    expect(layer).toMatchObject({ distance: 3, distance95: 3, noiseFloor: 0, meanTerm: 60, varianceTerm: 0 });
  });

  it('has the noise floor of two unlike batches', () => {
    const [layer] = layerDrift(0, [stored], [[batch(0, 1)], [batch(2, 1)]], 10, createRng(1));
    expect(layer?.noiseFloor).toBe(2); // |2 - 0| / 1 whichever half comes first
  });

  it('knows no noise floor from one batch', () => {
    expect(layerDrift(0, [stored], [[batch(0, 1)]], 10, createRng(1))[0]?.noiseFloor).toBeNull();
  });

  it('gives layers without a feature map no terms, and the first factor to the first layer with one', () => {
    const flat = { ...stored, spatial: false };
    const drift = layerDrift(0, [flat, stored, stored], [[batch(2, 4), batch(2, 4), batch(2, 4)]], 10, createRng(1));
    expect(drift.map(({ meanTerm }) => meanTerm)).toEqual([0, 10, 1]);
  });
});

it('interpolates quantiles', () => {
  expect(quantile([4, 1, 2], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
});
