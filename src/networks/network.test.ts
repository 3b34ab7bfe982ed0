import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { goldenNetwork, type GoldenWeights } from '../tests/goldenNetwork';
import { createNetwork, disposeNetwork, loadWeights, parameterGroups, readWeights } from './network';

const shapes: Readonly<Record<string, readonly number[]>> = {
  'F.conv1.weight': [3, 3, 3, 8],
  'F.bn1.weight': [8],
  'F.bn1.bias': [8],
  'F.bn1.running_mean': [8],
  'F.bn1.running_var': [8],
  'F.conv2.weight': [3, 3, 8, 16],
  'F.bn2.weight': [16],
  'F.bn2.bias': [16],
  'F.bn2.running_mean': [16],
  'F.bn2.running_var': [16],
  'B.bottleneck.weight': [16, 12],
  'B.bottleneck.bias': [12],
  'B.bn.weight': [12],
  'B.bn.bias': [12],
  'B.bn.running_mean': [12],
  'B.bn.running_var': [12],
  'C.fc.weight_v': [12, 4],
  'C.fc.weight_g': [4],
  'C.fc.bias': [4],
};

/** Every weight is filled with numbers of its own. */
const numbered: GoldenWeights = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], index) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { shape, data: Array.from({ length: size }, (_, i) => index + i / size) }];
  }),
);
const { spec, weights } = goldenNetwork(numbered, [16, 16, 3]);

describe('a network', () => {
  useBackend('cpu');

  it('gives back the weights it was made from', async () => {
    const network = createNetwork(spec, weights);
    expect(await readWeights(network)).toEqual(weights);
    disposeNetwork(network);
  });

  it('takes new weights in place, running statistics included', async () => {
    const network = createNetwork(spec, weights);
    const doubled = new Map([...weights].map(([name, values]) => [name, values.map((value) => 2 * value)]));
    const before = network.parameters.get('C.fc.bias');
    loadWeights(network, doubled);
    expect(await readWeights(network)).toEqual(doubled);
    expect(network.parameters.get('C.fc.bias')).toBe(before);
    disposeNetwork(network);
  });

  it('frees every variable', () => {
    expect(() => {
      disposeNetwork(createNetwork(spec, weights));
    }).toLeaveTensors(0);
  });

  it('refuses a weight of the wrong size by name and leaves what it had', async () => {
    const network = createNetwork(spec, weights);
    const short = new Map(weights).set('B.bn.weight', new Float32Array(11));
    expect(() => {
      loadWeights(network, short);
    }).toThrow('The weight B.bn.weight should have 12 values, but 11 were given.');
    expect(await readWeights(network)).toEqual(weights);
    disposeNetwork(network);
  });

  it('sorts its parameters into backbone, bottleneck and classifier', () => {
    const network = createNetwork(spec, weights);
    expect(parameterGroups(network)).toEqual({
      backbone: ['F.conv1.weight', 'F.bn1.weight', 'F.bn1.bias', 'F.conv2.weight', 'F.bn2.weight', 'F.bn2.bias'],
      bottleneck: ['B.bottleneck.weight', 'B.bottleneck.bias', 'B.bn.weight', 'B.bn.bias'],
      classifier: ['C.fc.weight_v', 'C.fc.weight_g', 'C.fc.bias'],
      batchNormAffine: ['F.bn1.weight', 'F.bn1.bias', 'F.bn2.weight', 'F.bn2.bias', 'B.bn.weight', 'B.bn.bias'],
    });
    disposeNetwork(network);
  });

  it('has running statistics in forward order, which are not trainable parameters', () => {
    const network = createNetwork(spec, weights);
    expect(network.runningStatistics.map(({ layer, spatial }) => [layer, spatial])).toEqual([
      ['F.bn1', true],
      ['F.bn2', true],
      ['B.bn', false],
    ]);
    expect([...network.parameters.keys()].some((name) => name.includes('running'))).toBe(false);
    expect(network.runningStatistics.some(({ mean }) => mean.trainable)).toBe(false);
    disposeNetwork(network);
  });
});
