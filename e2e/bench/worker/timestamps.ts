/** Passes that one block may have. */
const maxPasses = 2048;

/** Times every compute pass of a device while switched on. */
export interface PassTimer {
  start(): void;
  /** @returns milliseconds of all passes since the start, after they have run. */
  stop(): Promise<number>;
}

/** Null where the device has no timestamps. */
export function createPassTimer(device: GPUDevice): PassTimer | null {
  if (!device.features.has('timestamp-query')) return null;
  const querySet = device.createQuerySet({ type: 'timestamp', count: 2 * maxPasses });
  const size = 16 * maxPasses;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const readable = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  let passes: number | null = null;
  const begin = GPUCommandEncoder.prototype.beginComputePass;
  GPUCommandEncoder.prototype.beginComputePass = function timed(descriptor) {
    if (passes === null || passes === maxPasses) return begin.call(this, descriptor);
    const beginningOfPassWriteIndex = 2 * passes++;
    const timestampWrites = { querySet, beginningOfPassWriteIndex, endOfPassWriteIndex: beginningOfPassWriteIndex + 1 };
    return begin.call(this, { ...descriptor, timestampWrites });
  };
  return {
    start: () => void (passes = 0),
    async stop() {
      const count = passes ?? 0;
      passes = null;
      if (count === 0) return 0;
      if (count === maxPasses) throw new Error(`A measured block has more than ${maxPasses} passes.`);
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16 * count);
      device.queue.submit([encoder.finish()]);
      await readable.mapAsync(GPUMapMode.READ, 0, 16 * count);
      const times = new BigUint64Array(readable.getMappedRange(0, 16 * count));
      let nanoseconds = 0;
      for (let pass = 0; pass < count; pass++) {
        nanoseconds += Number((times[2 * pass + 1] ?? 0n) - (times[2 * pass] ?? 0n));
      }
      readable.unmap();
      return nanoseconds / 1e6;
    },
  };
}
