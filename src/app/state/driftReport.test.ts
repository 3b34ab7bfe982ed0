import { describe, expect, it } from 'vitest';
import type { LayerDrift } from '../../shared/protocol';
import { driftBand, driftSentence, ladderRows, sortLadder } from './driftReport';

const layer = (name: string, distance: number, term: number): LayerDrift => ({
  source: 0,
  layer: name,
  channels: 8,
  distance,
  distance95: distance,
  noiseFloor: 0.1,
  meanTerm: term / 2,
  varianceTerm: term / 2,
});

const rows = ladderRows({
  before: [layer('stem', 2, 3), layer('middle', 1, 1), layer('late', 0.2, 1)],
  after: [layer('stem', 1, 6), layer('middle', 0.2, 1), layer('late', 0.4, 1)],
});

describe('the layer ladder', () => {
  it('joins the moments by layer and shares the loss as it is now', () => {
    expect(rows.map((row) => [row.layer, row.before, row.now, row.after])).toEqual([
      ['stem', 2, null, 1],
      ['middle', 1, null, 0.2],
      ['late', 0.2, null, 0.4],
    ]);
    expect(rows.map((row) => row.lossShare)).toEqual([6 / 8, 1 / 8, 1 / 8]);
  });

  it('sorts by gap and by what improved least', () => {
    expect(sortLadder(rows, 'largest').map((row) => row.layer)).toEqual(['stem', 'late', 'middle']);
    expect(sortLadder(rows, 'worst').map((row) => row.layer)).toEqual(['late', 'stem', 'middle']);
    expect(sortLadder(rows, 'depth')).toBe(rows);
  });

  it('says the largest gap, the change over all layers and how many stand out', () => {
    // before: sqrt((4 + 1 + 0.04) / 3), after: sqrt((1 + 0.04 + 0.16) / 3): 51 % less
    expect(driftSentence(rows)).toBe(
      'Largest gap: stem (1.00 source sd, 10× its noise floor). Over all layers the gap is down 51\u202f% since the beginning. 2 of 3 layers are more than 3× above their noise floor.',
    );
  });

  it('has nothing to say of a model without batch norm', () => {
    expect(driftSentence(ladderRows({ before: [] }))).toBe('');
  });

  it('names bands by multiples of the noise floor', () => {
    expect([0.14, 0.29, 0.9, 1].map((distance) => driftBand(distance, 0.1))).toEqual([
      'at the floor',
      'small',
      'clear',
      'large',
    ]);
  });
});
