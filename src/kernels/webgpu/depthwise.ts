import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import { allocate, gpuBackend, type GpuBackend } from './backend';
import {
  filterGradient,
  forward,
  inputGradient,
  pixels,
  stripSums,
  taps,
  threads,
  type Variants,
} from './depthwisePrograms';
import { dispatch } from './runner';
import { tuningOf } from './tuning';

type Shape4D = [number, number, number, number];
type ConvInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

/** The numbers of a depthwise convolution with this input and filter. */
function infoOf(input: readonly number[], filter: readonly number[], attributes: NamedAttrMap): ConvInfo {
  return tf.backend_util.computeConv2DInfo(
    input as Shape4D,
    filter as Shape4D,
    attributes['strides'] as [number, number],
    (attributes['dilations'] as [number, number] | undefined) ?? 1,
    attributes['pad'] as 'same',
    attributes['dimRoundingMode'] as 'floor',
    true,
  );
}

/** What all three kernels have in common: tensors, numbers, and whether channels go four at a time. */
interface Call {
  readonly backend: GpuBackend;
  readonly info: ConvInfo;
  readonly inputs: readonly TensorInfo[];
  readonly vector: boolean;
}

/** Channels of a tensor as its program counts them. */
const counted = (channels: number, { vector }: Call): number => (vector ? channels / 4 : channels);

/** One call of a program that has `size` threads. */
function run(
  call: Call,
  programs: Variants,
  output: TensorInfo,
  numbers: Record<'size' | 'blocks' | 'strips', number>,
) {
  const { info } = call;
  dispatch(call.backend, call.vector ? programs.vector : programs.scalar, {
    outputs: [output],
    inputs: call.inputs,
    dims: {
      ...{ batch: info.batchSize, height: info.inHeight, width: info.inWidth },
      ...{ outHeight: info.outHeight, outWidth: info.outWidth },
      ...{ filterHeight: info.filterHeight, filterWidth: info.filterWidth },
      ...{ strideHeight: info.strideHeight, strideWidth: info.strideWidth },
      ...{ dilationHeight: info.dilationHeight, dilationWidth: info.dilationWidth },
      ...{ top: info.padInfo.top, left: info.padInfo.left },
      channels: counted(info.inChannels, call),
      outChannels: counted(info.outChannels, call),
      multiplier: info.outChannels / info.inChannels,
      ...numbers,
    },
    groups: Math.max(1, Math.ceil(numbers.size / threads)),
  });
  return output;
}

function runForward(call: Call): TensorInfo {
  const { backend, info } = call;
  const blocks = Math.ceil(info.outWidth / pixels);
  const size = info.batchSize * info.outHeight * blocks * counted(info.outChannels, call);
  return run(call, forward, allocate(backend, info.outShape), { size, blocks, strips: 1 });
}

function runInputGradient(call: Call): TensorInfo {
  const { backend, info } = call;
  const blocks = info.strideWidth * Math.ceil(info.inWidth / (info.strideWidth * pixels));
  const size = info.batchSize * info.inHeight * blocks * counted(info.inChannels, call);
  return run(call, inputGradient, allocate(backend, info.inShape), { size, blocks, strips: 1 });
}

/** In strips of rows, so many that the device is busy. */
function runFilterGradient(call: Call): TensorInfo {
  const { backend, info } = call;
  const blocks = Math.ceil(info.filterWidth / taps);
  const perStrip = info.filterHeight * blocks * counted(info.outChannels, call);
  const wanted = Math.ceil(tuningOf(backend.device).busyInvocations / perStrip);
  const strips = Math.max(1, Math.min(wanted, info.batchSize * info.outHeight));
  const programs = info.strideWidth === 1 ? filterGradient.slides : filterGradient.strided;
  const numbers = { size: strips * perStrip, blocks, strips };
  const gradient = allocate(backend, info.filterShape);
  if (strips === 1) return run(call, programs, gradient, numbers);
  const partials = run(call, programs, allocate(backend, [strips, ...info.filterShape]), numbers);
  const size = info.filterShape.reduce((a, b) => a * b, 1);
  const groups = Math.ceil(size / threads);
  dispatch(backend, stripSums, { outputs: [gradient], inputs: [partials], dims: { size, strips }, groups });
  backend.disposeData(partials.dataId);
  return gradient;
}

/** A kernel with inputs of these names; the shape of `x` or `filter` is an attribute where it is not among them. */
function kernel(names: readonly string[], compute: (call: Call) => TensorInfo): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const tensors = inputs as unknown as Record<string, TensorInfo>;
    const attributes = attrs ?? {};
    const info = infoOf(
      tensors['x']?.shape ?? (attributes['inputShape'] as number[]),
      tensors['filter']?.shape ?? (attributes['filterShape'] as number[]),
      attributes,
    );
    const vector = info.inChannels % 4 === 0 && info.outChannels === info.inChannels;
    const used = names.map((name) => tensors[name] as TensorInfo);
    return compute({ backend: gpuBackend(backend), info, inputs: used, vector });
  };
}

export const depthwiseKernels: Readonly<Record<string, KernelFunc>> = {
  DepthwiseConv2dNative: kernel(['x', 'filter'], runForward),
  DepthwiseConv2dNativeBackpropInput: kernel(['dy', 'filter'], runInputGradient),
  DepthwiseConv2dNativeBackpropFilter: kernel(['x', 'dy'], runFilterGradient),
};
