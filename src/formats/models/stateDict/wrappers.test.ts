import { describe, expect, it } from 'vitest';
import { openShapes, renamed, smallResNet } from '../../../tests/stateDicts';
import { wrapperOf } from './wrappers';

describe('wrapperOf', () => {
  it.each([
    [['module.a', 'module.b.c'], 'module.'],
    [['_orig_mod.module.a'], '_orig_mod.module.'],
    [['module.a', 'b'], ''],
    [['model.a', 'model.b'], ''],
    [[], ''],
  ])('of %j is %j', (names, wrapper) => {
    expect(wrapperOf(names)).toBe(wrapper);
  });
});

it('an opened model says where its file keeps the weights; counters do not hide a wrapper', () => {
  const keys = { ...renamed(smallResNet, (key) => `module.${key}`), total_ops: [1] };
  expect(openShapes(keys).metadata.stateDicts).toEqual([{ file: 'net.pt', keys: [], wrapper: 'module.' }]);
});
