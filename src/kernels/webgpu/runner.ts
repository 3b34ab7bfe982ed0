import * as tf from '@tensorflow/tfjs-core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { bufferOf, type GpuBackend } from './backend';
import { dimsBytes, moduleOf, type Program } from './program';

/** One call of a program. */
export interface Dispatch {
  /** In the order of {@link Program.outputs}. A tensor that has values already is changed in place. */
  readonly outputs: readonly TensorInfo[];
  /** In the order of {@link Program.inputs}; none of them is also an output. */
  readonly inputs: readonly TensorInfo[];
  /** Every number that {@link Program.dims} names. */
  readonly dims: Readonly<Record<string, number>>;
  /** Workgroups: a count, spread over x and y where it is large, and how often in z. */
  readonly groups: number;
  readonly groupsZ?: number;
}

interface Compiled {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** What belongs to a device and goes with it. */
interface DeviceCache {
  readonly layouts: Map<string, GPUBindGroupLayout>;
  readonly pipelines: Map<string, Compiled>;
  readonly pending: Map<string, Promise<void>>;
  readonly dims: Map<string, GPUBuffer>;
}

const caches = new WeakMap<GPUDevice, DeviceCache>();

function cacheOf(device: GPUDevice): DeviceCache {
  let cache = caches.get(device);
  if (!cache) {
    cache = { layouts: new Map(), pipelines: new Map(), pending: new Map(), dims: new Map() };
    caches.set(device, cache);
  }
  return cache;
}

/** Explicit, because `auto` leaves out bindings that a variant of the code does not use. */
function layoutFor(device: GPUDevice, { outputs, inputs, dims }: Program): GPUBindGroupLayout {
  const types: GPUBufferBindingType[] = [
    ...Object.keys(outputs).map(() => 'storage' as const),
    ...Object.keys(inputs).map(() => 'read-only-storage' as const),
    ...(dims.length > 0 ? ['uniform' as const] : []),
  ];
  const { layouts } = cacheOf(device);
  const key = types.join();
  let layout = layouts.get(key);
  if (!layout) {
    const entries = types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } }));
    layout = device.createBindGroupLayout({ entries });
    layouts.set(key, layout);
  }
  return layout;
}

function descriptorOf(device: GPUDevice, program: Program, layout: GPUBindGroupLayout): GPUComputePipelineDescriptor {
  return {
    label: program.key,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ label: program.key, code: moduleOf(program) }), entryPoint: 'main' },
  };
}

/** Whether work runs only to find out which programs it needs: tfjs's own flag, so that its operations do the same. */
export const compileOnlyFlag = 'WEBGPU_ENGINE_COMPILE_ONLY';

/** Compiles off the thread; the program can be called once its promise is kept. */
function compileAhead(device: GPUDevice, program: Program): void {
  const { pipelines, pending } = cacheOf(device);
  if (pipelines.has(program.key) || pending.has(program.key)) return;
  const layout = layoutFor(device, program);
  const compiling = device.createComputePipelineAsync(descriptorOf(device, program, layout)).then((pipeline) => {
    pipelines.set(program.key, { layout, pipeline });
  });
  pending.set(
    program.key,
    compiling.finally(() => pending.delete(program.key)),
  );
}

/** Programs of a device that are being compiled off the thread. */
export const programsCompiling = (device: GPUDevice): Promise<void>[] => [...cacheOf(device).pending.values()];

function compiled(device: GPUDevice, program: Program): Compiled {
  const { pipelines } = cacheOf(device);
  let entry = pipelines.get(program.key);
  if (!entry) {
    const layout = layoutFor(device, program);
    entry = { layout, pipeline: device.createComputePipeline(descriptorOf(device, program, layout)) };
    pipelines.set(program.key, entry);
  }
  return entry;
}

/** A uniform buffer with the numbers of a call. Shapes are few, so that each set of numbers keeps its buffer. */
function dimsBuffer(device: GPUDevice, program: Program, values: Readonly<Record<string, number>>): GPUBuffer {
  const numbers = program.dims.map((name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The call of ${program.key} lacks the number ${name}.`);
    return value;
  });
  const { dims } = cacheOf(device);
  const isFloat = program.dims.map((name) => program.floats?.includes(name) ?? false);
  const key = numbers.map((value, at) => (isFloat[at] ? `${value}f` : value)).join();
  let buffer = dims.get(key);
  if (!buffer) {
    const size = dimsBytes(program);
    buffer = device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    const bytes = new DataView(new ArrayBuffer(size));
    numbers.forEach((value, at) => {
      if (isFloat[at]) bytes.setFloat32(at * 4, value, true);
      else bytes.setInt32(at * 4, value, true);
    });
    device.queue.writeBuffer(buffer, 0, bytes.buffer);
    dims.set(key, buffer);
  }
  return buffer;
}

/** So many workgroups over x and y, within what a dimension may have. The last row may have some too many. */
function spread(groups: number, limit: number): [number, number] {
  if (groups <= limit) return [groups, 1];
  const rows = Math.ceil(groups / limit);
  return [Math.ceil(groups / rows), rows];
}

/** tfjs submits after so many dispatches of its own; ours count among them. */
const dispatchesPerSubmit = 15;

/**
 * Appends one call of a program to the commands of the backend. Invocations beyond the last element must return by
 * themselves.
 */
export function dispatch(backend: GpuBackend, program: Program, call: Dispatch): void {
  const { device } = backend;
  if (tf.env().getBool(compileOnlyFlag)) {
    compileAhead(device, program);
    return;
  }
  const { layout, pipeline } = compiled(device, program);
  const tensors = [...call.outputs, ...call.inputs];
  const buffers = tensors.map((tensor) => bufferOf(backend, tensor));
  for (const { dataId } of tensors) backend.commandQueueOwnedIds.add(dataId);
  for (const { dataId } of call.outputs) backend.tensorMap.get(dataId).values = null;
  if (program.dims.length > 0) buffers.push(dimsBuffer(device, program, call.dims));
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const bindGroup = device.createBindGroup({ layout, entries });
  backend.ensureCommandEncoderReady();
  backend.computePassEncoder ??= backend.commandEncoder?.beginComputePass() ?? null;
  const pass = backend.computePassEncoder;
  if (!pass) throw new Error('The GPU backend has no command encoder.');
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...spread(call.groups, device.limits.maxComputeWorkgroupsPerDimension), call.groupsZ ?? 1);
  if (++backend.dispatchCountInPass >= dispatchesPerSubmit) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}
