import { settled, type Question } from './choices';
import { differs, type WeightSource } from './keys';

/** What a stem does to the size of the image: stride of its convolution, and max pooling of 3x3 with stride 2. */
export type Stem = 'stride1' | 'stride2' | 'stride2-pool';

/**
 * A shortcut without weights: `strided` leaves out every second pixel, `pooled` averages 2x2; the missing channels are
 * zeros on `both` sides or `after` the others.
 */
export type FreeShortcut = 'none' | 'strided-both' | 'strided-after' | 'pooled-both' | 'pooled-after';

/** @param convolution the beginning of the first convolution, as a program states it */
const stems = (convolution: string): Question<Stem> => ({
  answers: [
    {
      said: [
        {
          id: 'stem:stride1',
          label: 'First convolution with stride 1, no pooling (usual for images of 32 x 32, such as CIFAR)',
          help: `${convolution}, stride=1, padding=1) and no maxpool in forward.`,
        },
      ],
      value: 'stride1',
    },
    {
      said: [
        {
          id: 'stem:stride2',
          label: 'First convolution with stride 2, no pooling',
          help: `${convolution}, stride=2, padding=1) and no maxpool in forward.`,
        },
      ],
      value: 'stride2',
    },
    {
      said: [
        {
          id: 'stem:stride2-pool',
          label: 'First convolution with stride 2, then max pooling',
          help: `${convolution}, stride=2, padding=1), then self.maxpool in forward.`,
        },
      ],
      value: 'stride2-pool',
    },
  ],
});

const shortcuts: Question<FreeShortcut> = {
  answers: [
    {
      said: [
        {
          id: 'shortcut:strided-both',
          label: 'Shortcuts take every second pixel, zero channels on both sides (usual for CIFAR)',
          help: 'Option A of He et al. for CIFAR: F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, planes//4, planes//4)).',
        },
      ],
      value: 'strided-both',
    },
    {
      said: [
        {
          id: 'shortcut:strided-after',
          label: 'Shortcuts take every second pixel, zero channels after the others',
          help: 'nn.AvgPool2d(1, stride=2), then torch.cat((x, x.mul(0)), 1).',
        },
      ],
      value: 'strided-after',
    },
    {
      said: [
        {
          id: 'shortcut:pooled-both',
          label: 'Shortcuts average 2x2 pixels, zero channels on both sides',
          help: 'F.avg_pool2d(x, 2), then F.pad with channels on both sides.',
        },
      ],
      value: 'pooled-both',
    },
    {
      said: [
        {
          id: 'shortcut:pooled-after',
          label: 'Shortcuts average 2x2 pixels, zero channels after the others',
          help: 'F.avg_pool2d(x, 2), then torch.cat with zeros.',
        },
      ],
      value: 'pooled-after',
    },
  ],
};

/**
 * What a stem may do: a 7x7 one is taken as torchvision's.
 *
 * @param shape of its kernel, `[out, in, height, width]`
 */
export function stemQuestion(source: WeightSource, shape: readonly number[]): Question<Stem> {
  const [width = 0, channels = 0, size = 0] = shape;
  if (size === 7) return settled('stride2-pool');
  if (size === 3) return stems(`nn.Conv2d(${channels}, ${width}, 3`);
  return differs(
    source.file,
    `looks like a ResNet, but its first convolution is ${size}x${size} instead of 3x3 or 7x7`,
  );
}

/** @param channels `[in, out]` of every shortcut without weights */
export function shortcutQuestion(
  source: WeightSource,
  channels: readonly (readonly [number, number])[],
): Question<FreeShortcut> {
  if (channels.some(([before, after]) => after < before || (after - before) % 2 !== 0)) {
    return differs(source.file, 'looks like a ResNet, but has blocks without a shortcut that fits');
  }
  return shortcuts;
}
