import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';
import type { BenchPlan } from '../protocol';
import { convShapes, flopsOf, geometryOf } from '../shapes';
import type { ConvShape } from '../shapes';
import { get, normal, runCase } from './kernelRow';
import type { KernelCase, SectionScope } from './kernelRow';

const attributesOf = ({ stride }: ConvShape, pad: number): Record<string, unknown> => ({
  strides: [stride, stride],
  dilations: [1, 1],
  pad: [[0, 0], [pad, pad], [pad, pad], [0, 0]],
  dataFormat: 'NHWC',
}); // prettier-ignore

function casesOf(shape: ConvShape): KernelCase[] {
  const { name, input, size, channels, gated } = shape;
  const { pad, height, width } = geometryOf(shape);
  const filterShape = [size, size, input[3], channels];
  const shapes = { x: [...input], filter: filterShape, dy: [input[0], height, width, channels] };
  const attributes = attributesOf(shape, pad);
  const kernelCase = (
    group: string,
    kernelName: string,
    inputs: readonly (keyof typeof shapes)[],
    more: object,
  ): KernelCase => {
    const run = (tensors: Record<string, tf.Tensor>): tf.Tensor[] => {
      const named: NamedTensorMap = Object.fromEntries(inputs.map((key) => [key, get(tensors, key)]));
      return [tf.engine().runKernel(kernelName, named, { ...attributes, ...more } as NamedAttrMap)];
    };
    return {
      ...{ section: 'conv', group, name, gated, flops: flopsOf(shape), bytes: 0 },
      inputs: () => Object.fromEntries(inputs.map((key, seed) => [key, normal(shapes[key], seed + 1)])),
      run: { own: run, stock: run },
    };
  };
  return [
    kernelCase('forward', 'Conv2D', ['x', 'filter'], {}),
    kernelCase('input gradient', 'Conv2DBackpropInput', ['dy', 'filter'], { inputShape: shapes.x }),
    kernelCase('filter gradient', 'Conv2DBackpropFilter', ['x', 'dy'], { filterShape }),
  ];
}

/** Convolutions and their gradients by shape. */
export async function measureConvolutions(scope: SectionScope, plan: BenchPlan): Promise<void> {
  for (const shape of convShapes(plan)) {
    for (const kernelCase of casesOf(shape)) await runCase(scope, kernelCase);
  }
}
