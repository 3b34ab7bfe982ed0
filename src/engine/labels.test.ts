import { describe, expect, it } from 'vitest';
import { labelsOf, matchClasses } from './labels';

const folder = (classes: readonly string[], role: 'target' | 'test' = 'test') => ({ role, name: 'depth', classes });
const entries = (labels: readonly (string | null)[]) => ({
  entries: labels.map((label, at) => ({ path: `${at}.png`, label })),
});

describe('class folders', () => {
  it('are matched by name, whatever their order and letter case', () => {
    const match = matchClasses(folder(['Bed', 'sofa', 'CHAIR']), ['chair', 'bed', 'sofa'], true);
    expect(match?.notice).toBeNull();
    expect(match && [...labelsOf(entries(['sofa', 'Bed', null, 'CHAIR']), match)]).toEqual([2, 1, -1, 0]);
  });

  it('may be fewer than the classes of the model', () => {
    const match = matchClasses(folder(['sofa']), ['chair', 'bed', 'sofa'], true);
    expect(match && [...labelsOf(entries(['sofa']), match)]).toEqual([2]);
  });

  it('are matched by order, and that is said, when no name fits and the counts agree', () => {
    const match = matchClasses(folder(['a', 'b']), ['0', '1'], false);
    expect(match && [...labelsOf(entries(['b', 'a']), match)]).toEqual([1, 0]);
    expect(match?.notice).toContain('matched by order (a is output 0, b is output 1, ...)');
  });

  it.each([
    [['a', 'b', 'c'], 'The model has 2 outputs, the test folder "depth" has 3 classes.'],
    [['bed', 'tree'], 'The model has 2 outputs, the test folder "depth" has 2 classes, but under other names.'],
  ])('that do not fit are refused: %s', (classes, message) => {
    expect(() => matchClasses(folder(classes), ['chair', 'bed'], true)).toThrow(message);
  });

  it('of target images that are evidently none, such as sessions, are no labels', () => {
    expect(matchClasses(folder(['monday', 'tuesday', 'friday'], 'target'), ['chair', 'bed'], true)).toBeNull();
  });
});
