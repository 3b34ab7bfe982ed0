import { describe, expect, it } from 'vitest';
import { accuracyOf, confusionMatrix, meanOf, perClassAccuracy, predictedShare, topClasses } from './metrics';

const predictions = Int32Array.of(0, 0, 1, 2, 1);

describe('metrics', () => {
  it('find the most probable class, the first of equals', () => {
    const { predictions: top, confidences } = topClasses(Float32Array.of(0.25, 0.5, 0.25, 0.375, 0.25, 0.375), 3);
    expect([...top]).toEqual([1, 0]);
    expect([...confidences]).toEqual([0.5, 0.375]);
  });

  it('count actual against predicted classes', () => {
    expect(confusionMatrix(predictions, [0, 1, 1, 0, 1], 3)).toEqual([
      [1, 0, 1],
      [1, 2, 0],
      [0, 0, 0],
    ]);
  });

  it('leave images without a label out', () => {
    const confusion = confusionMatrix(predictions, [0, -1, 1, -1, 0], 3);
    expect(accuracyOf(confusion)).toBeCloseTo(2 / 3);
  });

  it('know no accuracy without labels, overall or of a class', () => {
    const confusion = confusionMatrix(predictions, [-1, -1, -1, -1, 1], 3);
    expect(perClassAccuracy(confusion)).toEqual([null, 1, null]);
    expect(accuracyOf(confusionMatrix(predictions, [], 3))).toBeNull();
  });

  it('give the share of each predicted class', () => {
    expect(predictedShare(predictions, 4)).toEqual([0.4, 0.4, 0.2, 0]);
    expect(meanOf(Float32Array.of(1, 2, 6))).toBe(3);
  });
});
