import { describe, expect, it } from 'vitest';
import {
  failureOf,
  openShapes as open,
  renamed,
  smallResNet as small,
  tensorsOf,
  thinner,
  torchvision,
  without,
  type Shapes,
} from '../../../tests/stateDicts';
import type { NodeSpec, OpenedModel } from '../format';
import { sizeOf } from '../storedTensor';
import { openStateDicts } from './open';

const norms = ({ spec }: OpenedModel): readonly NodeSpec[] => spec.nodes.filter(({ op }) => op === 'batchNorm');

const inputSize = [64, 64] as const;

describe('every network of torchvision is recognised by its keys and shapes, all of which are used', () => {
  it.each([
    ['resnet18', 4, 'ResNet-18', 20],
    ['resnet34', 4, 'ResNet-34', 36],
    ['resnet50', 4, 'ResNet-50', 53],
    ['resnet101', 8, 'ResNet-101', 104],
    ['resnet152', 8, 'ResNet-152', 155],
    ['resnext50_32x4d', 4, 'ResNeXt-50 8x4d', 53],
    ['resnext101_32x8d', 4, 'ResNeXt-101 32x2d', 104],
    ['wide_resnet50_2', 8, 'Wide ResNet-50', 53],
    ['mobilenet_v2', 4, 'MobileNetV2', 52],
    ['vgg11', 16, 'VGG-11', 0],
    ['vgg13', 16, 'VGG-13', 0],
    ['vgg16', 16, 'VGG-16', 0],
    ['vgg19', 16, 'VGG-19', 0],
    ['vgg11_bn', 16, 'VGG-11-BN', 8],
    ['vgg13_bn', 16, 'VGG-13-BN', 10],
    ['vgg16_bn', 16, 'VGG-16-BN', 13],
    ['vgg19_bn', 16, 'VGG-19-BN', 16],
  ])('%s (channels / %i) is a %s with %i batch-norm layers', (name, factor, title, count) => {
    const shapes = thinner(torchvision[name]!, factor);
    const model = open(shapes, { choice: 'strides:2-2' });
    const total = Object.values(shapes).reduce((sum, shape) => sum + (shape.length === 0 ? 0 : sizeOf(shape)), 0);
    expect([...model.weights.values()].reduce((sum, values) => sum + values.length, 0)).toBe(total);
    expect(model.spec).toMatchObject({ name: title, classCount: Math.floor(1000 / factor) });
    expect(norms(model)).toHaveLength(count);
    expect(model.spec.nodes[0]?.outputShape).toEqual([224, 224, 3]);
    // Whatever the path, 224 pixels are halved five times.
    expect(model.spec.nodes.findLast(({ outputShape }) => outputShape.length === 3)?.outputShape.slice(0, 2)).toEqual([7, 7]);
  }); // prettier-ignore

  it('MobileNetV2 in its full size', () => {
    expect(open(torchvision['mobilenet_v2']!, { choice: 'strides:2-2' }).spec.classCount).toBe(1000);
  });
});

describe('what is not exactly a known network is refused, with what differs', () => {
  it('a missing, a further or another weight', () => {
    const missing = without(small, /^layer2\.0\.bn1\.running_mean$/);
    expect(failureOf(missing)).toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(/no running statistics for the batch-norm layer layer2.0.bn1/) as string,
    });
    const further = { ...small, 'layer1.0.se.fc1.weight': [4, 4], 'layer1.0.se.fc1.bias': [4] };
    expect(failureOf(further).message).toMatch(/looks like a ResNet, but has weights that none has: layer1.0.se.fc1.weight/);
    const other = { ...small, 'layer1.0.conv2.weight': [4, 4, 5, 5] };
    expect(failureOf(other).message).toMatch(/layer1.0.conv2.weight has the shape \[4, 4, 5, 5\] instead of \[any, 4, 3, 3\]/);
    expect(failureOf(other).remedy).toMatch(/torch.onnx.export/);
  }); // prettier-ignore

  it('any one weight left out, and any one with another length', () => {
    // A classifier may be without bias.
    const keys = Object.keys(small).filter((key) => !/num_batches_tracked|fc\.bias/.test(key));
    for (const key of keys) {
      const { [key]: shape = [], ...rest } = small;
      expect(['bad-model', 'missing-file', 'unsupported-format', 'choice-needed']).toContain(failureOf(rest).code);
      const longer = { ...rest, [key]: [...shape.slice(0, -1), shape.at(-1)! + 1] };
      expect(failureOf(longer).code).toBe('bad-model');
    }
    expect(keys).toHaveLength(101);
  });

  it('batch norm without statistics, and with neither scale nor offset', () => {
    expect(failureOf(without(small, /running_/)).message).toMatch(/track_running_stats=False/);
    const plain = open(without(small, /(bn\d|downsample\.1)\.(weight|bias)$/));
    expect(norms(plain).every(({ parameters }) => !('gamma' in parameters))).toBe(true);
  });

  it('weights that lie over each other', () => {
    const tensors = new Map(tensorsOf(small));
    tensors.set('bn1.bias', { ...tensors.get('bn1.weight')!, name: 'bn1.bias' });
    expect(() => openStateDicts('x', [{ file: 'net.pt', path: [], tensors }], {})).toThrow(/bn1.weight and bn1.bias in the same place/);
  }); // prettier-ignore

  it('a VGG with an input size that its pooling does not divide', () => {
    const vgg = thinner(torchvision['vgg11_bn']!, 16);
    expect(open(vgg, { inputSize: [448, 448] }).spec.nodes.some(({ op }) => op === 'avgPool')).toBe(true);
    expect(failureOf(vgg, { inputSize: [256, 256] })).toMatchObject({
      code: 'bad-setting',
      remedy: expect.stringContaining('224') as string,
    });
  });

  it('an unknown network, with its batch-norm layers', () => {
    const failure = failureOf({ 'a.weight': [3, 3], 'b.running_mean': [3], 'b.running_var': [3] });
    expect(failure.message).toMatch(/does not know \(1 batch-norm layers: b\)/);
    expect(failureOf({}).message).toMatch(/no batch norm with statistics/);
  });
});

describe('keys of other programs', () => {
  it.each(['module.', '_orig_mod.', 'backbone.', 'model.', 'module.model.', '_orig_mod.module.'])(
    '%s before every key is ignored',
    (prefix) => {
      const model = open(renamed(small, (key) => prefix + key), { inputSize }); // prettier-ignore
      expect(model.spec.nodes.map(({ name }) => name)).toEqual(open(small, { inputSize }).spec.nodes.map(({ name }) => name));
      expect(model.metadata.notes.join()).toContain(`“${prefix}”`);
    },
  ); // prettier-ignore

  it('a prefix of some keys only is none', () => {
    expect(failureOf(renamed(small, (key) => (key.startsWith('fc') ? key : `module.${key}`))).code).toBe('unsupported-format'); // prettier-ignore
  });

  it('shortcut, linear and operation counters', () => {
    const keys = renamed(small, (key) => key.replace('downsample', 'shortcut').replace('fc.', 'linear.'));
    const model = open({ ...keys, 'layer1.total_ops': [1], total_params: [1] }, { inputSize });
    expect(model.spec.classifier).toBe('linear');
  });

  it('a 3x3 stem is asked about; the answer decides the size of every image after it', () => {
    const cifar = { ...small, 'conv1.weight': [4, 3, 3, 3] };
    const failure = failureOf(cifar);
    expect(failure.code).toBe('choice-needed');
    const sides = failure.choices!.map(({ id }) => {
      const { spec } = open(cifar, { choice: id, inputSize });
      return spec.nodes.findLast(({ outputShape }) => outputShape.length === 3)?.outputShape[0];
    });
    expect(sides).toEqual([8, 4, 2]);
    expect(open(cifar, { choice: 'stem:stride1' }).spec.nodes[0]?.outputShape).toEqual([32, 32, 3]);
    expect(failureOf({ ...small, 'conv1.weight': [4, 3, 5, 5] }).message).toMatch(/5x5 instead of 3x3 or 7x7/);
  });

  it('names of JavaScript are keys like others', () => {
    const tensors = new Map([...tensorsOf(small), ...[...tensorsOf({ x: [2] })].map(([, tensor]) => ['__proto__', { ...tensor, name: '__proto__' }] as const)]); // prettier-ignore
    expect(() => openStateDicts('x', [{ file: 'net.pt', path: [], tensors }], {})).toThrow(/none has: __proto__/);
    expect(({} as { shape?: unknown }).shape).toBeUndefined();
  });
});

describe('the parts of a source model', () => {
  const features = without(small, /^fc\./);
  const bottleneck = { 'bottleneck.weight': [8, 32], 'bottleneck.bias': [8], 'bn.weight': [8], 'bn.bias': [8], 'bn.running_mean': [8], 'bn.running_var': [8], 'bn.num_batches_tracked': [] }; // prettier-ignore
  const normed = { 'fc.weight_g': [3, 1], 'fc.weight_v': [3, 8], 'fc.bias': [3] };
  const openParts = (...parts: readonly Shapes[]): OpenedModel => {
    const dicts = parts.map((shapes, at) => ({ file: `part${at}.pt`, path: [], tensors: tensorsOf(shapes) }));
    return openStateDicts('PyTorch checkpoint', dicts, { inputSize });
  };

  it('with a normalised and a plain classifier, in any order, with the weight in a mixture', () => {
    const model = openParts(normed, features, { w: [] }, bottleneck);
    expect(model.spec.nodes.slice(-3).map(({ name, op }) => [name, op])).toEqual([
      ['bottleneck', 'dense'],
      ['bn', 'batchNorm'],
      ['fc', 'weightNormDense'],
    ]);
    const plain = openParts(features, bottleneck, { 'fc.weight': [3, 8], 'fc.bias': [3] });
    expect(plain.spec.nodes.at(-1)?.op).toBe('dense');
    const present = renamed(normed, (key) => key.replace('weight_g', 'parametrizations.weight.original0').replace('weight_v', 'parametrizations.weight.original1')); // prettier-ignore
    expect(openParts(features, bottleneck, present).weights).toEqual(openParts(features, bottleneck, normed).weights);
  });

  it('a bottleneck without batch norm, and with one that was never used', () => {
    const linear = without(bottleneck, /^bn\./);
    expect(openParts(features, linear, normed).spec.bottleneck).toEqual(['bottleneck']);
    const unused = new Map(tensorsOf(bottleneck));
    for (const [name, value] of [['bn.weight', 1], ['bn.bias', 0], ['bn.running_mean', 0], ['bn.running_var', 1]] as const) {
      const bytes = new Uint8Array(new Float32Array(8).fill(value).buffer);
      unused.set(name, { ...unused.get(name)!, pieces: [{ file: { path: name, bytes }, offset: 0, length: 32 }] });
    }
    const dicts = [tensorsOf(features), unused, tensorsOf(normed)].map((tensors) => ({ file: 'a.pt', path: [], tensors }));
    const model = openStateDicts('x', dicts, { inputSize });
    expect(model.spec.bottleneck).toEqual(['bottleneck']);
    expect(model.metadata.notes.join()).toMatch(/never trained/);
  }); // prettier-ignore
});
