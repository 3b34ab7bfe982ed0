/** What has been asked of WebGPU in this worker. */
export interface Counts {
  readonly dispatches: number;
  readonly pipelines: number;
  readonly allocatedBytes: number;
}

const counts = { dispatches: 0, pipelines: 0, allocatedBytes: 0 };

export const countsNow = (): Counts => ({ ...counts });

/** Puts a counter in front of a method. */
function before<Target>(prototype: Target, name: keyof Target, count: (args: readonly unknown[]) => void): void {
  const method = prototype[name] as (...args: unknown[]) => unknown;
  prototype[name] = function counted(this: Target, ...args: unknown[]) {
    count(args);
    return method.apply(this, args);
  } as Target[keyof Target];
}

/** Counts from now on. */
export function countCalls(): void {
  const dispatch = (): void => {
    counts.dispatches++;
  };
  const pipeline = (): void => {
    counts.pipelines++;
  };
  before(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', dispatch);
  before(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', dispatch);
  before(GPUDevice.prototype, 'createComputePipeline', pipeline);
  before(GPUDevice.prototype, 'createComputePipelineAsync', pipeline);
  before(GPUDevice.prototype, 'createBuffer', ([descriptor]) => {
    counts.allocatedBytes += (descriptor as GPUBufferDescriptor).size;
  });
}
