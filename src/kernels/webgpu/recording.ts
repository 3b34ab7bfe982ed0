import * as tf from '@tensorflow/tfjs-core';
import type { BufferManager, GpuBackend } from './backend';

/** One recorded command. */
type Command =
  | {
      readonly kind: 'dispatch';
      readonly pipeline: GPUComputePipeline;
      readonly bindGroup: GPUBindGroup;
      readonly x: number;
      readonly y: number;
      readonly z: number;
    }
  | { readonly kind: 'copy'; readonly run: (encoder: GPUCommandEncoder) => void };

/** A buffer that recordings use. */
interface Held {
  readonly key: string;
  /** Its value stays what it is. */
  readonly constant: boolean;
  /** Came with its value; tfjs does not take such a buffer back into its pool. */
  readonly mapped: boolean;
  /** A tensor has it now. */
  used: boolean;
}

/**
 * Buffers for recorded work. They stay out of tfjs's pool for as long as recordings use them, and are handed on within
 * the work in the order in which it runs, which is the same each time. Uniforms and uploaded constants keep their
 * buffers to themselves: nobody writes them again.
 */
class Arena implements BufferManager {
  readonly #pool: BufferManager;
  readonly #free = new Map<string, GPUBuffer[]>();
  readonly #held = new Map<GPUBuffer, Held>();

  constructor(pool: BufferManager) {
    this.#pool = pool;
  }

  acquireBuffer(size: number, usage: number, mappedAtCreation = false): GPUBuffer {
    const key = `${size}_${usage}`;
    const constant = mappedAtCreation || (usage & GPUBufferUsage.UNIFORM) !== 0;
    const recycled = constant ? undefined : this.#free.get(key)?.pop();
    const buffer = recycled ?? this.#pool.acquireBuffer(size, usage, mappedAtCreation, !mappedAtCreation);
    this.#held.set(buffer, { key, constant, mapped: mappedAtCreation, used: true });
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer): void {
    const entry = this.#held.get(buffer);
    // A buffer from before the recording: the recorded commands may read it, so it stays as it is.
    if (!entry) this.#held.set(buffer, { key: '', constant: true, mapped: false, used: false });
    else if (entry.used) {
      entry.used = false;
      if (entry.constant) return;
      const free = this.#free.get(entry.key);
      if (free) free.push(buffer);
      else this.#free.set(entry.key, [buffer]);
    }
  }

  /** Buffers that hold a value of tensors that are still there. */
  inUse(): Set<GPUBuffer> {
    return new Set([...this.#held].filter(([, { used }]) => used).map(([buffer]) => buffer));
  }

  /** Gives back what no tensor holds; what a tensor holds goes back with the tensor. */
  dispose(): void {
    for (const [buffer, { used, mapped }] of this.#held) if (!used) this.#pool.releaseBuffer(buffer, !mapped);
    this.#held.clear();
    this.#free.clear();
  }
}

/** A compute pass that writes down what is put into it. */
function listeningPass(pass: GPUComputePassEncoder, commands: Command[]): Partial<GPUComputePassEncoder> {
  let pipeline: GPUComputePipeline | null = null;
  let bindGroup: GPUBindGroup | null = null;
  return {
    setPipeline(next: GPUComputePipeline) {
      pipeline = next;
      pass.setPipeline(next);
    },
    setBindGroup(index: number, next: GPUBindGroup | null) {
      bindGroup = next;
      pass.setBindGroup(index, next);
    },
    dispatchWorkgroups(x: number, y = 1, z = 1) {
      if (!pipeline || !bindGroup) throw new Error('A dispatch was recorded before its pipeline.');
      commands.push({ kind: 'dispatch', pipeline, bindGroup, x, y, z });
      pass.dispatchWorkgroups(x, y, z);
    },
    end() {
      pass.end();
    },
  };
}

/** What tfjs and the kernels use of a command encoder, writing down what is put into it. */
function listeningEncoder(encoder: GPUCommandEncoder, commands: Command[]): Partial<GPUCommandEncoder> {
  const copy = (...args: Parameters<GPUCommandEncoder['copyBufferToBuffer']>): undefined => {
    commands.push({ kind: 'copy', run: (target) => target.copyBufferToBuffer(...args) });
    encoder.copyBufferToBuffer(...args);
  };
  return {
    beginComputePass: (descriptor) =>
      listeningPass(encoder.beginComputePass(descriptor), commands) as GPUComputePassEncoder,
    copyBufferToBuffer: copy as GPUCommandEncoder['copyBufferToBuffer'],
    finish: () => encoder.finish(),
  };
}

/** Hands all pending commands to the GPU. */
export function submit(backend: GpuBackend): void {
  backend.endComputePassEncoder();
  if (backend.commandEncoder) backend.submitQueue();
}

/** Work that can be repeated without JavaScript going through its operations again. */
export interface Recording {
  /** Commands of the work. */
  readonly dispatches: number;
  /** Submits all commands again, with what the input tensors hold now; outputs are overwritten. */
  replay(): void;
}

/** Recordings that take turns on the same buffers. */
export interface Recorder {
  /** Runs the work as {@link record} does, without writing it down. */
  rehearse<T>(work: () => T): T;
  /**
   * Runs the work once and writes its commands down.
   *
   * The work must be synchronous, must read only tensors that stay (inputs, variables changed in place) and may leave
   * behind no tensor but those it returns. Its control flow and all plain numbers in it are frozen. Run it once in
   * {@link rehearse} before: variables and constants get their buffers then.
   */
  record<T extends tf.Tensor>(
    work: () => readonly T[],
  ): { readonly results: readonly T[]; readonly recording: Recording };
  /** Gives the buffers back; the recordings cannot be replayed after that. Free the results after it, not before. */
  dispose(): void;
}

function replay(backend: GpuBackend, commands: readonly Command[]): void {
  submit(backend);
  const encoder = backend.device.createCommandEncoder();
  let pass: GPUComputePassEncoder | null = null;
  let current: GPUComputePipeline | null = null;
  for (const command of commands) {
    if (command.kind === 'copy') {
      pass?.end();
      pass = null;
      command.run(encoder);
      continue;
    }
    if (!pass) {
      pass = encoder.beginComputePass();
      current = null;
    }
    if (command.pipeline !== current) pass.setPipeline((current = command.pipeline));
    pass.setBindGroup(0, command.bindGroup);
    pass.dispatchWorkgroups(command.x, command.y, command.z);
  }
  pass?.end();
  backend.queue.submit([encoder.finish()]);
}

/** What changes on the backend while work is recorded. */
interface Patched {
  bufferManager: BufferManager;
  commandEncoder: unknown;
  ensureCommandEncoderReady?: unknown;
}

/** Runs work without tfjs computing small values in JavaScript, where they would stay what they were at the time. */
export function onGpu<T>(work: () => T): T {
  const flag = 'WEBGPU_CPU_FORWARD';
  const before = tf.env().getBool(flag);
  tf.env().set(flag, false);
  try {
    return work();
  } finally {
    tf.env().set(flag, before);
  }
}

/** Runs work with the backend's buffers from the arena and its commands written down. */
function listen<T>(backend: GpuBackend, arena: Arena, commands: Command[], work: () => T): T {
  const patched = backend as unknown as Patched;
  const pool = backend.bufferManager;
  submit(backend);
  patched.bufferManager = arena;
  patched.ensureCommandEncoderReady = () => {
    patched.commandEncoder ??= listeningEncoder(backend.device.createCommandEncoder(), commands);
  };
  try {
    return onGpu(work);
  } finally {
    submit(backend);
    delete patched.ensureCommandEncoderReady;
    patched.bufferManager = pool;
  }
}

/** A recorder on a backend. */
export function createRecorder(backend: GpuBackend): Recorder {
  const arena = new Arena(backend.bufferManager);
  const kept = new Set<GPUBuffer>();
  return {
    rehearse: onGpu,
    record(work) {
      const commands: Command[] = [];
      const results = listen(backend, arena, commands, work);
      for (const { dataId } of results) {
        const { resource } = backend.tensorMap.get(dataId);
        if (resource) kept.add(resource);
      }
      const strays = [...arena.inUse()].filter((buffer) => !kept.has(buffer));
      if (strays.length > 0) throw new Error(`Recorded work left ${strays.length} tensors behind beside its results.`);
      return { results, recording: { dispatches: commands.length, replay: () => replay(backend, commands) } };
    },
    dispose: () => arena.dispose(),
  };
}
