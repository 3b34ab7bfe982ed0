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
  expect(plan.map(({ output }) => output)).toEqual(['image', 'conv']);
  expect(plan[1]?.node.attributes).toMatchObject({ padding: { top: 2, bottom: 3, left: 4, right: 5 } });
});

it('keeps padding with another value as it is', () => {
  const plan = planOf(specOf(pad('ones', 1), 'ones'));
  expect(plan.map(({ output }) => output)).toEqual(['image', 'ones', 'conv']);
  expect(plan[2]?.node.attributes).toMatchObject({ padding: { top: 1, bottom: 1, left: 1, right: 1 } });
});

const parameter = (name: string) => ({ name, shape: [3], fileName: name });

/** image -> bn -> relu -> classifier, with what else is to be there before the classifier. */
function normalized(
  attributes: NodeSpec<'activation'>['attributes'],
  { features = 'relu', others = [] }: { features?: string; others?: readonly NodeSpec[] } = {},
): NetworkSpec {
  const common = { parameters: {}, outputShape: shape } as const;
  const nodes: NodeSpec[] = [
    { name: 'image', op: 'input', inputs: [], attributes: { shape }, ...common },
    {
      name: 'bn',
      op: 'batchNorm',
      inputs: ['image'],
      attributes: { epsilon: 1e-3, momentum: 0.9, unbiasedRunningVariance: true },
      parameters: { runningMean: parameter('mean'), runningVariance: parameter('variance') },
      outputShape: shape,
    },
    { name: 'relu', op: 'activation', inputs: ['bn'], attributes, ...common },
    ...others,
    { name: 'classifier', op: 'add', inputs: ['relu', ...others.map(({ name }) => name)], attributes: {}, ...common },
  ];
  return { name: 'test', nodes, input: 'image', classifier: 'classifier', features, bottleneck: [], classCount: 3 };
}

const steps = (spec: NetworkSpec): string[] =>
  planOf(spec).map(({ node, output, activation }) => `${node.name} > ${activation} > ${output}`);

const unfused = ['image > none > image', 'bn > none > bn', 'relu > none > relu', 'classifier > none > classifier'];

it.each([
  [{ activation: 'relu' }, 'relu'],
  [{ activation: 'relu', alpha: 0, threshold: 0, maxValue: 6 }, 'relu6'],
  [{ activation: 'relu6' }, 'relu6'],
] as const)('moves the activation %o into the batch norm before it', (attributes, activation) => {
  expect(steps(normalized(attributes))).toEqual([
    'image > none > image',
    `bn > ${activation} > relu`,
    'classifier > none > classifier',
  ]);
});

it.each([
  { activation: 'relu', maxValue: 4 },
  { activation: 'relu', alpha: 0.1 },
  { activation: 'relu', threshold: 1 },
  { activation: 'leakyRelu' },
] as const)('leaves the activation %o where it is', (attributes) => {
  expect(steps(normalized(attributes))).toEqual(unfused);
});

it('leaves an activation where it is when the batch norm before it is seen by others', () => {
  expect(steps(normalized({ activation: 'relu' }, { features: 'bn' }))).toEqual(unfused);
  const other: NodeSpec = {
    name: 'other', op: 'identity', inputs: ['bn'], attributes: {}, parameters: {}, outputShape: shape,
  }; // prettier-ignore
  expect(steps(normalized({ activation: 'relu' }, { others: [other] }))).toContain('bn > none > bn');
});
