import { describe, expect, it } from 'vitest';
import {
  failureOf,
  openShapes,
  renamed,
  smallResNet,
  thinner,
  torchvision,
  type Shapes,
} from '../../../tests/stateDicts';

const inputSize = [64, 64] as const;
const notesOf = (shapes: Shapes, choice = ''): string =>
  openShapes(shapes, { choice, inputSize: [224, 224] }).metadata.notes.join(' ');

/** The same keys in the order of a program that makes the batch norm of a block first. */
const normFirst = (shapes: Shapes): Shapes => {
  const partOf = (key: string): string => /^layer\d+\.\d+\./.exec(key)?.[0] ?? key;
  const keys = Object.keys(shapes);
  const at = (key: string): number =>
    2 * keys.findIndex((other) => partOf(other) === partOf(key)) + (/\d\.conv1/.test(key) ? 1 : 0);
  return Object.fromEntries(Object.entries(shapes).toSorted(([a], [b]) => at(a) - at(b)));
};

describe('a pre-activation ResNet with the keys of a plain one', () => {
  it('is refused when the order of the keys gives it away', () => {
    const failure = failureOf(normFirst(smallResNet));
    expect(failure).toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(/looks like a pre-activation ResNet/) as string,
    });
    expect(failure.remedy).toMatch(/torch.onnx.export/);
  });

  it('is not suspected where keys are in alphabetical order, as in safetensors files', () => {
    const sorted = Object.fromEntries(Object.entries(smallResNet).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    expect(Object.keys(sorted).indexOf('layer1.0.bn1.weight')).toBeLessThan(
      Object.keys(sorted).indexOf('layer1.0.conv1.weight'),
    );
    expect(openShapes(sorted, { inputSize }).spec.name).toBe('ResNet-18');
  });
});

describe('what is assumed is said in one note', () => {
  it('of a ResNet, with and without a question about its beginning', () => {
    const assumed = 'Assumed as in torchvision, because weights do not say it: ';
    expect(notesOf(smallResNet)).toContain(
      `${assumed}stride 2 in the first convolution and max pooling after it, stride 1, 2, 2, 2 in the stages, no dilation, ReLU.`,
    );
    expect(notesOf({ ...smallResNet, 'conv1.weight': [4, 3, 3, 3] }, 'stem:stride1')).toContain(
      `${assumed}stride 1, 2, 2, 2 in the stages, no`,
    );
    expect(notesOf(thinner(torchvision['resnet50']!, 8))).toContain('in the 3x3 convolution of its first block');
  });

  it('of a VGG', () => {
    expect(notesOf(thinner(torchvision['vgg11']!, 16))).toContain('max pooling with stride 2 after each stage, ReLU.');
  });
});

describe('questions', () => {
  it('show the first convolution as it is in the file', () => {
    const helps = failureOf({ ...smallResNet, 'conv1.weight': [4, 3, 3, 3] }).choices!.map(({ help }) => help);
    expect(helps).toHaveLength(3);
    expect(helps.every((help) => help.startsWith('nn.Conv2d(3, 4, 3, stride='))).toBe(true);
  });

  it('ask how much a MobileNetV2 halves the image, torchvision first', () => {
    const mobile = thinner(torchvision['mobilenet_v2']!, 4);
    const ids = failureOf(mobile).choices!.map(({ id }) => id);
    expect(ids).toEqual(['strides:2-2', 'strides:1-2', 'strides:1-1']);
    const sides = ids.map((choice) => {
      const { spec } = openShapes(mobile, { choice, inputSize });
      return spec.nodes.findLast(({ outputShape }) => outputShape.length === 3)?.outputShape[0];
    });
    expect(sides).toEqual([2, 4, 8]);
    expect(openShapes(mobile, { choice: 'strides:1-1' }).spec.nodes[0]?.outputShape).toEqual([32, 32, 3]);
    expect(
      openShapes(
        renamed(mobile, (key) => `module.${key}`),
        { choice: 'strides:1-1' },
      ).metadata.notes.join(),
    ).toContain('As chosen: Stride 1 in both');
  });
});
