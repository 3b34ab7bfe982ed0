/** Passes of one query set; WebGPU allows 4096 queries. */
const passesOfSet = 2048;
const bytesOfSet = 16 * passesOfSet;

/** Times every compute pass of a device while switched on. */
export interface PassTimer {
  start(): void;
  /** @returns milliseconds of all passes since the start, after they have run. */
  stop(): Promise<number>;
}

/** Lets timestamps be written around every pass for which `next` gives a place. */
function interceptPasses(next: () => GPUComputePassTimestampWrites | null): void {
  const begin = GPUCommandEncoder.prototype.beginComputePass;
  GPUCommandEncoder.prototype.beginComputePass = function timed(descriptor) {
    const timestampWrites = next();
    return begin.call(this, timestampWrites ? { ...descriptor, timestampWrites } : descriptor);
  };
}

/** Null where the device has no timestamps. */
export function createPassTimer(device: GPUDevice): PassTimer | null {
  if (!device.features.has('timestamp-query')) return null;
  const sets: GPUQuerySet[] = [];
  let passes: number | null = null;
  interceptPasses(() => {
    if (passes === null) return null;
    const pass = passes++;
    const querySet = (sets[Math.floor(pass / passesOfSet)] ??= device.createQuerySet({
      type: 'timestamp',
      count: 2 * passesOfSet,
    }));
    const first = 2 * (pass % passesOfSet);
    return { querySet, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  });
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const resolved = device.createBuffer({ size: bytesOfSet, usage: QUERY_RESOLVE | COPY_SRC });
  const readable = device.createBuffer({ size: bytesOfSet, usage: COPY_DST | MAP_READ });
  const readSet = async (querySet: GPUQuerySet, count: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, 16 * count);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ, 0, 16 * count);
    const times = new BigUint64Array(readable.getMappedRange(0, 16 * count));
    let nanoseconds = 0;
    for (let i = 0; i < 2 * count; i += 2) nanoseconds += Number((times[i + 1] ?? 0n) - (times[i] ?? 0n));
    readable.unmap();
    return nanoseconds;
  };
  return {
    start: () => void (passes = 0),
    async stop() {
      let left = passes ?? 0;
      passes = null;
      let nanoseconds = 0;
      for (const querySet of sets) {
        if (left <= 0) break;
        nanoseconds += await readSet(querySet, Math.min(left, passesOfSet));
        left -= passesOfSet;
      }
      return nanoseconds / 1e6;
    },
  };
}
