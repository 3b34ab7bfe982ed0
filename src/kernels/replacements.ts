import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, NamedAttrMap, NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { geometryOf } from './convGeometry';
import { filterGradient, inputGradient } from './convGradients';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwiseGradients';
import {
  globalAvgPoolComposed,
  globalAvgPoolDirect,
  globalAvgPoolGradComposed,
  globalAvgPoolGradDirect,
} from './globalAvgPool';
import { avgPoolGrad, maxPoolGrad } from './poolGradients';
import { resizeBilinearGrad, resizeNearestNeighborGrad } from './resizeGradients';
import {
  crossEntropyComposed,
  crossEntropyDirect,
  crossEntropyGradComposed,
  crossEntropyGradDirect,
} from './softmaxCrossEntropy';
import { ownKernels } from './webgpu/kernels';

interface Call {
  readonly tensor: (name: string) => tf.Tensor4D;
  readonly attributes: NamedAttrMap;
  readonly shape: (attribute: string) => readonly number[];
}

function kernel(run: (call: Call) => tf.Tensor4D): KernelFunc {
  return ({ inputs, attrs }: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap }) => {
    const attributes = attrs ?? {};
    return run({
      tensor: (name) => inputs[name] as tf.Tensor4D,
      attributes,
      shape: (attribute) => attributes[attribute] as number[],
    });
  };
}

const conv2DBackpropFilter = kernel(({ tensor, attributes, shape }) => {
  const [x, dy] = [tensor('x'), tensor('dy')];
  return filterGradient(x, dy, geometryOf(x.shape, shape('filterShape'), attributes, false));
});

const conv2DBackpropInput = kernel(({ tensor, attributes, shape }) => {
  const [dy, filter] = [tensor('dy'), tensor('filter')];
  const geometry = geometryOf(shape('inputShape'), filter.shape, attributes, false);
  return inputGradient('Conv2D', { dy, filter }, geometry, shape('inputShape'));
});

const depthwiseBackpropFilter = kernel(({ tensor, attributes, shape }) => {
  const [x, dy] = [tensor('x'), tensor('dy')];
  return depthwiseFilterGradient(x, dy, geometryOf(x.shape, shape('filterShape'), attributes, true));
});

const depthwiseBackpropInput = kernel(({ tensor, attributes, shape }) => {
  const [dy, filter] = [tensor('dy'), tensor('filter')];
  const geometry = geometryOf(shape('inputShape'), filter.shape, attributes, true);
  return depthwiseInputGradient(dy, filter, geometry, shape('inputShape'));
});

/**
 * `AddN`, two at a time. The one of tfjs-backend-webgpu binds a buffer a summand: beyond seven it exceeds what a shader
 * may bind, and its result is 0 without any error.
 */
const addN: KernelFunc = ({ inputs }) =>
  tf.tidy(() => (inputs as unknown as tf.Tensor[]).reduce((sum, summand) => tf.add(sum, summand)));

/** The kernels of a backend that ours took the place of, by name; null where it has none. */
const replaced = new Map<string, Map<string, KernelConfig | null>>();

/** Padding `same` in numbers; all else as it is. */
function withPaddingInNumbers(kernelName: string, inputs: NamedTensorInfoMap, attributes: NamedAttrMap): NamedAttrMap {
  const [x, filter] = [inputs['x'], inputs['filter']];
  if (attributes['pad'] !== 'same' || !x || !filter) return attributes;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    attributes['strides'] as [number, number],
    (attributes['dilations'] as [number, number] | null | undefined) ?? 1,
    'same',
    undefined,
    kernelName === 'DepthwiseConv2dNative',
  );
  const { top, bottom, left, right } = info.padInfo;
  const pad = [[0, 0], [top, bottom], [left, right], [0, 0]]; // prettier-ignore
  return { ...attributes, pad: pad };
}

/**
 * A convolution of the wasm backend, which is wrong with padding `same` where the stride is larger than the filter (its
 * library takes the padding for negative there). With the same padding in numbers it is right.
 */
function paddedInNumbers(kernelName: 'Conv2D' | 'DepthwiseConv2dNative'): KernelFunc {
  return (call) => {
    const stock = replaced.get('wasm')?.get(kernelName);
    if (!stock) throw new Error(`The wasm backend has no kernel ${kernelName}.`);
    return stock.kernelFunc({ ...call, attrs: withPaddingInNumbers(kernelName, call.inputs, call.attrs ?? {}) });
  };
}

/** Operations of our own, on backends whose memory JavaScript can read. */
const direct = {
  SoftmaxCrossEntropy: crossEntropyDirect,
  SoftmaxCrossEntropyGrad: crossEntropyGradDirect,
  GlobalAvgPool: globalAvgPoolDirect,
  GlobalAvgPoolGrad: globalAvgPoolGradDirect,
  AvgPoolGrad: avgPoolGrad,
};

/** Kernels that a backend lacks, has in a slow form only, or has with wrong results. */
const replacements: Readonly<Record<'wasm' | 'webgpu' | 'cpu', Readonly<Record<string, KernelFunc>>>> = {
  wasm: {
    ...direct,
    Conv2D: paddedInNumbers('Conv2D'),
    DepthwiseConv2dNative: paddedInNumbers('DepthwiseConv2dNative'),
    Conv2DBackpropFilter: conv2DBackpropFilter,
    Conv2DBackpropInput: conv2DBackpropInput,
    DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
    DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
    MaxPoolGrad: maxPoolGrad,
  },
  webgpu: {
    AddN: addN,
    SoftmaxCrossEntropy: crossEntropyComposed,
    SoftmaxCrossEntropyGrad: crossEntropyGradComposed,
    GlobalAvgPool: globalAvgPoolComposed,
    GlobalAvgPoolGrad: globalAvgPoolGradComposed,
  },
  cpu: {
    ...direct,
    ResizeBilinearGrad: resizeBilinearGrad,
    ResizeNearestNeighborGrad: resizeNearestNeighborGrad,
  },
};

/**
 * Puts our kernels in the place of the backend's; for `stock` on WebGPU only of those that give wrong results, and the
 * others back into theirs.
 */
export function replaceKernels(backendName: 'wasm' | 'webgpu' | 'cpu', kernels: 'own' | 'stock'): void {
  const present = new Map(tf.getKernelsForBackend(backendName).map((config) => [config.kernelName, config]));
  const stock = replaced.get(backendName) ?? new Map<string, KernelConfig | null>();
  replaced.set(backendName, stock);
  const gpuKernels = backendName === 'webgpu' ? ownKernels : {};
  const wanted = { ...replacements[backendName], ...(kernels === 'own' && gpuKernels) };
  for (const kernelName of new Set([...Object.keys(wanted), ...Object.keys(gpuKernels)])) {
    const config = present.get(kernelName);
    if (!stock.has(kernelName)) stock.set(kernelName, config ?? null);
    if (config) tf.unregisterKernel(kernelName, backendName);
    const kernelFunc = wanted[kernelName];
    const original = stock.get(kernelName);
    // What it sets up when its backend starts, ours may call.
    const chosen = kernelFunc ? { ...original, kernelName, backendName, kernelFunc } : original;
    if (chosen) tf.registerKernel(chosen);
  }
}
