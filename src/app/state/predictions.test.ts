import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../shared/protocol';
import { changeBalance, changedImages, imagesOfCell, mostConfused } from './predictions';

function evaluation(predictions: readonly number[], labels: readonly number[] | null): Evaluation {
  return {
    moment: 'now',
    step: 0,
    epoch: 0,
    role: 'test',
    imageCount: predictions.length,
    predictions: Int32Array.from(predictions),
    confidences: Float32Array.from(predictions, (_, at) => 0.5 + at / 10),
    labels: labels === null ? null : Int32Array.from(labels),
    predictedShare: [],
    meanConfidence: 0.5,
    accuracy: null,
    perClass: null,
    confusion: null,
  };
}

const labels = [0, 1, 1, 2];
const before = evaluation([0, 0, 1, 1], labels);
const after = evaluation([0, 1, 0, 2], labels);

describe('images that changed their prediction', () => {
  it('come surest first, with where they came from', () => {
    expect(changedImages(before, after).map((image) => [image.index, image.before, image.after])).toEqual([
      [3, 1, 2],
      [2, 1, 0],
      [1, 0, 1],
    ]);
  });

  it('are counted as fixed and broken by their labels', () => {
    expect(changeBalance(changedImages(before, after))).toEqual({ fixed: 2, broken: 1 });
    expect(changeBalance(changedImages(evaluation([0], null), evaluation([1], null)))).toBeNull();
  });
});

it('opens exactly the images of a confusion cell, before or after', () => {
  const cell = { actual: 1, predicted: 1 };
  expect(imagesOfCell(before, after, { moment: 'before', ...cell }).map((image) => image.index)).toEqual([2]);
  expect(imagesOfCell(before, after, { moment: 'after', ...cell }).map((image) => image.index)).toEqual([1]);
});

it('keeps the classes with the most mistakes, in class order', () => {
  const confusion = [
    [9, 0, 0, 1],
    [0, 10, 0, 0],
    [0, 0, 5, 5],
    [1, 0, 3, 6],
  ];
  expect(mostConfused(confusion, 2)).toEqual([2, 3]);
});
