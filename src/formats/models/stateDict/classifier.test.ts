import { describe, expect, it } from 'vitest';
import {
  failureOf,
  openShapes,
  renamed,
  smallResNet,
  tensorsOf,
  thinner,
  torchvision,
  without,
} from '../../../tests/stateDicts';
import { openStateDicts } from './open';

const inputSize = [64, 64] as const;
const choice = 'strides:2-2';
const headless = without(smallResNet, /^fc\./);

describe('heads of networks that were trained further', () => {
  it.each(['fc.0', 'fc.1', 'fc.4', 'linear.1', 'classifier.1', 'head.2'])(
    '%s, the only layer with weights of a Sequential, is the classifier, and a note says what is assumed',
    (key) => {
      const { spec, weights, metadata } = openShapes(
        { ...headless, [`${key}.weight`]: [5, 32], [`${key}.bias`]: [5] },
        { inputSize },
      );
      expect(spec).toMatchObject({ classifier: key, classCount: 5, bottleneck: [] });
      expect(weights.get(`${key}/bias`)).toHaveLength(5);
      expect(
        metadata.notes.filter((note) => note.includes(`Only ${key} of the head`) && note.includes('dropout')),
      ).toHaveLength(1);
    },
  );

  it('a plain layer and what torchvision has itself need no note', () => {
    const mobile = openShapes(thinner(torchvision['mobilenet_v2']!, 4), { inputSize, choice });
    expect([...openShapes(smallResNet).metadata.notes, ...mobile.metadata.notes].join()).not.toMatch(/dropout/);
  });

  it('another index in a MobileNetV2 and in a VGG', () => {
    const mobile = renamed(thinner(torchvision['mobilenet_v2']!, 4), (key) =>
      key.replace('classifier.1', 'classifier.2'),
    );
    expect(openShapes(mobile, { inputSize, choice }).spec.classifier).toBe('classifier.2');
    const vgg = renamed(thinner(torchvision['vgg11_bn']!, 16), (key) => key.replace('classifier.6', 'classifier.6.1'));
    expect(openShapes(vgg).spec.classifier).toBe('classifier.6.1');
  });

  it.each([
    [
      'several layers',
      { 'fc.0.weight': [16, 32], 'fc.0.bias': [16], 'fc.3.weight': [5, 16], 'fc.3.bias': [5] },
      /\(fc.0.weight, fc.0.bias, fc.3.weight, ...\)/,
    ],
    ['an unknown name', { 'out.weight': [5, 32], 'out.bias': [5] }, /\(out.weight, out.bias\)/],
  ])('%s are refused as a head that is not known, with the way through ONNX', (_, head, named) => {
    const failure = failureOf({ ...headless, ...head });
    expect(failure).toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(/a head that the studio does not know/) as string,
    });
    expect(failure.message).toMatch(named);
    expect(failure.remedy).toMatch(/torch.onnx.export.*\(before PyTorch 2.5 without dynamo=False\)/);
  });

  it('features alone are a part of a source model', () => {
    expect(failureOf(headless)).toMatchObject({
      code: 'missing-file',
      message: expect.stringContaining('source_C.pt') as string,
    });
  });

  it('a head beside a network under “backbone.”', () => {
    const nested = { ...renamed(headless, (key) => `backbone.${key}`), 'head.weight': [5, 32], 'head.bias': [5] };
    const { spec, metadata } = openShapes(nested, { inputSize });
    expect(spec).toMatchObject({ classifier: 'head', classCount: 5 });
    expect(spec.nodes.find(({ name }) => name === 'conv1')?.parameters).toMatchObject({
      kernel: { fileName: 'backbone.conv1.weight' },
    });
    expect(metadata.notes.join()).toContain('“backbone.”');
    expect(failureOf({ ...nested, 'backbone.head.weight': [5, 32] }).code).toBe('unsupported-format');
  });
});

it('two networks in one drop are several models, whether or not they share names', () => {
  const dicts = (...all: readonly (typeof headless)[]) =>
    all.map((shapes, at) => ({ file: `net${at}.pt`, path: [], tensors: tensorsOf(shapes) }));
  const mobile = thinner(torchvision['mobilenet_v2']!, 4);
  expect(() => openStateDicts('x', dicts(mobile, smallResNet), {})).toThrow(
    /net0.pt, net1.pt are several models: each has the features/,
  );
  expect(() => openStateDicts('x', dicts(smallResNet, smallResNet), {})).toThrow(
    /several models: they have weights of the same names/,
  );
});
