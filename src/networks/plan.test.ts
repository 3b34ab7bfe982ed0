import { expect, it } from 'vitest';
import type { NetworkSpec, NodeSpec } from '../formats/models/format';
import { planOf } from './plan';

const shape = [8, 8, 3] as const;
const padding = { top: 1, bottom: 2, left: 3, right: 4 };
const kernel = { name: 'kernel', shape: [3, 3, 3, 3], fileName: 'kernel' };

function pad(name: string, value: number): NodeSpec<'pad'> {
  return {
    name,
    op: 'pad',
    inputs: ['image'],
    attributes: { padding, value },
    parameters: {},
    outputShape: [11, 15, 3],
  };
}

function specOf(middle: NodeSpec, input: string): NetworkSpec {
  const attributes = {
    strides: [1, 1],
    dilations: [1, 1],
    padding: { top: 1, bottom: 1, left: 1, right: 1 },
    groups: 1,
  } as const;
  const nodes: NodeSpec[] = [
    { name: 'image', op: 'input', inputs: [], attributes: { shape }, parameters: {}, outputShape: shape },
    middle,
    { name: 'conv', op: 'conv2d', inputs: [input], attributes, parameters: { kernel }, outputShape: [11, 15, 3] },
    { name: 'softmax', op: 'softmax', inputs: ['conv'], attributes: {}, parameters: {}, outputShape: [11, 15, 3] },
  ];
  return { name: 'test', nodes, input: 'image', classifier: 'conv', features: input, bottleneck: [], classCount: 3 };
}

it('moves zero padding into the convolution after it and leaves out what follows the classifier', () => {
  const plan = planOf(specOf(pad('zeros', 0), 'zeros'));
  expect(plan.map(({ name }) => name)).toEqual(['image', 'conv']);
  expect(plan[1]?.attributes).toMatchObject({ padding: { top: 2, bottom: 3, left: 4, right: 5 } });
});

it('keeps padding with another value as it is', () => {
  const plan = planOf(specOf(pad('ones', 1), 'ones'));
  expect(plan.map(({ name }) => name)).toEqual(['image', 'ones', 'conv']);
  expect(plan[2]?.attributes).toMatchObject({ padding: { top: 1, bottom: 1, left: 1, right: 1 } });
});
