import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap } from '@tensorflow/tfjs-core';

/** Everything a convolution kernel must know of its call, as the numbers of {@link convDims}. */
export interface ConvShape {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly padTop: number;
  readonly padLeft: number;
  /** Distance of neighbouring taps; above 1 in the forward pass only, tfjs has no gradient of it. */
  readonly dilationY: number;
  readonly dilationX: number;
  /** Input and output channels fall into so many groups that do not see each other. */
  readonly groups: number;
}

/**
 * @param inputShape `[batch, height, width, channels]`
 * @param filterShape `[height, width, channels of a group, out channels]`
 * @param attributes those of the tfjs kernel: strides, pad, dilations, dimRoundingMode.
 */
export function convShape(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: NamedAttrMap,
  groups = 1,
): ConvShape {
  const [batch = 0, height = 0, width = 0, inChannels = 0] = inputShape;
  const [filterHeight = 0, filterWidth = 0, perGroup = 0, outChannels = 0] = filterShape;
  const info = tf.backend_util.computeConv2DInfo(
    [batch, height, width, perGroup],
    [filterHeight, filterWidth, perGroup, outChannels],
    attributes['strides'] as [number, number],
    (attributes['dilations'] as [number, number] | undefined) ?? 1,
    attributes['pad'] as 'same',
    attributes['dimRoundingMode'] as 'floor',
  );
  return {
    batch,
    height,
    width,
    inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    outChannels,
    filterHeight,
    filterWidth,
    strideY: info.strideHeight,
    strideX: info.strideWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
    dilationY: info.dilationHeight,
    dilationX: info.dilationWidth,
    groups,
  };
}

export const inOfGroup = ({ inChannels, groups }: ConvShape): number => inChannels / groups;
export const outOfGroup = ({ outChannels, groups }: ConvShape): number => outChannels / groups;

/** Whether channels can be read four at a time. */
export const inFours = (channels: number): boolean => channels % 4 === 0;

/** Names of the numbers, as the programs declare them. */
export const convDims = [
  'batch',
  'height',
  'width',
  'inChannels',
  'outHeight',
  'outWidth',
  'outChannels',
  'filterHeight',
  'filterWidth',
  'strideY',
  'strideX',
  'padTop',
  'padLeft',
  'dilationY',
  'dilationX',
  'groups',
] as const satisfies readonly (keyof ConvShape)[];

/** Text for each of `0 .. count - 1`, joined by line ends: loops that are unrolled in the code. */
export function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

/** The largest of 4, 3, 2, 1 that divides a length: how far a loop over it can be unrolled without a rest. */
export function unrollOf(length: number): 1 | 2 | 3 | 4 {
  if (length % 4 === 0) return 4;
  if (length % 3 === 0) return 3;
  return length % 2 === 0 ? 2 : 1;
}

const phaseOf = (axis: 'Y' | 'X', pad: string, input: string): string => `
  let start${axis} = (phase${axis} - dims.${pad} % dims.stride${axis} + dims.stride${axis}) % dims.stride${axis};
  let count${axis} = max(0, (dims.${input} - start${axis} + dims.stride${axis} - 1) / dims.stride${axis});
  let first${axis} = (start${axis} + dims.${pad} - phase${axis}) / dims.stride${axis};`;

/**
 * The phase of the stride that z of a dispatch stands for, `phaseY` and `phaseX`: where its input pixels begin (`start`),
 * how many there are (`count`), and with which output they begin (`first`).
 */
export const phases = `
  let phaseY = groupZ / dims.strideX;
  let phaseX = groupZ % dims.strideX;
  ${phaseOf('Y', 'padTop', 'height')}
  ${phaseOf('X', 'padLeft', 'width')}`;
