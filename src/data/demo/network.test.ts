import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { demoNetwork, initialWeights } from './network';

describe('demoNetwork', () => {
  const spec = demoNetwork(6);

  it('halves the image three times and ends in one number a class', () => {
    const shape = (name: string) => spec.nodes.find((node) => node.name === name)?.outputShape;
    expect(shape('stem')).toEqual([28, 28, 16]);
    expect(shape('block2_add')).toEqual([14, 14, 32]);
    expect(shape('block3_add')).toEqual([7, 7, 64]);
    expect(shape(spec.classifier)).toEqual([6]);
  });

  it('names every node before it is used', () => {
    spec.nodes.forEach((node, position) => {
      for (const input of node.inputs)
        expect(spec.nodes.findIndex(({ name }) => name === input)).toBeLessThan(position);
    });
  });

  it('has fewer than 90,000 weights', () => {
    const weights = initialWeights(spec, createRng(1));
    const count = [...weights.values()].reduce((sum, values) => sum + values.length, 0);
    // stem 432, blocks 4,608 + 14,336 + 57,344, bottleneck 4,160, classifier 390, and 4 a channel of batch norm:
    // 16 * 3 + 32 * 3 + 64 * 3 + 64 = 400 channels.
    expect(count).toBe(432 + 4608 + 14336 + 57344 + 4160 + 390 + 4 * 400);
  });
});

describe('initialWeights', () => {
  it('spreads kernels by the inputs that they sum over and starts batch norm as the identity', () => {
    const weights = initialWeights(demoNetwork(6), createRng(1));
    const kernel = weights.get('block3_conv2/kernel') ?? new Float32Array(0);
    const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
    expect(variance * 9 * 64).toBeCloseTo(2, 1);
    expect(new Set(weights.get('stem_bn/gamma'))).toEqual(new Set([1]));
    expect(new Set(weights.get('stem_bn/moving_mean'))).toEqual(new Set([0]));
  });
});
