import type { Meter } from './meter';
import { use } from './engines';

/** Multiply-adds that never leave the registers. `accumulators` vectors, `unroll` times in the loop's body. */
function multiplyAddShader(accumulators: number, unroll: number, rounds: number): string {
  const all = Array.from({ length: accumulators }, (_, i) => i);
  const body = (i: number): string => {
    let term = `c${i}`;
    for (let u = 0; u < unroll; u++) term = `(${term} * a + b)`;
    return `c${i} = ${term};`;
  };
  return `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  let a = out[id.x] * 0.5 + vec4f(0.25);
  let b = vec4f(1.0 + f32(id.x) * 1e-6);
  ${all.map((i) => `var c${i} = vec4f(${i}.5);`).join('\n  ')}
  for (var k = 0u; k < ${rounds}u; k++) {
    ${all.map(body).join('\n    ')}
  }
  out[id.x] = ${all.map((i) => `c${i}`).join(' + ')};
}`;
}

const copyShader = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> source: array<vec4f>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i < arrayLength(&out)) { out[i] = source[i]; }
}`;

interface Probe {
  readonly run: () => void;
  readonly free: () => void;
}

function probe(device: GPUDevice, code: string, sizes: readonly number[], groups: readonly [number, number]): Probe {
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  });
  const buffers = sizes.map((size) => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  return {
    run: () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    free: () => {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}

/** The shortest of several runs, in milliseconds. */
async function shortest(meter: Meter, { run }: Probe, runs: number): Promise<number> {
  await use('own');
  const costs: number[] = [];
  for (let turn = 0; turn < runs; turn++) costs.push((await meter.measure('own', run)).cost);
  return Math.min(...costs);
}

/** Accumulators and unrolling: processors run out of registers where GPUs still wait for results. */
const variants = [
  [1, 8],
  [3, 4],
  [8, 4],
] as const;

/** Measures anew, in a short run, the rate of multiply-adds in registers in GFLOP/s; a multiply-add counts as two. */
export type PeakProbe = () => Promise<number>;

/** Finds the form of the loop that suits the device best. */
export async function findPeak(device: GPUDevice, meter: Meter, software: boolean): Promise<PeakProbe> {
  const threads = software ? 16384 : 1 << 20;
  const candidates: { readonly rate: number; readonly measure: PeakProbe }[] = [];
  for (const [accumulators, unroll] of variants) {
    const rounds = Math.ceil((software ? 1024 : 8192) / (accumulators * unroll));
    const loop = probe(device, multiplyAddShader(accumulators, unroll, rounds), [16 * threads], [threads / 64, 1]);
    const flops = 2 * 4 * accumulators * unroll * rounds * threads;
    const measure: PeakProbe = async () => flops / (await shortest(meter, loop, 2)) / 1e6;
    await measure();
    candidates.push({ rate: await measure(), measure });
  }
  const best = candidates.reduce((a, b) => (a.rate > b.rate ? a : b));
  return best.measure;
}

/** Read and written bytes of a plain copy kernel, in GB/s. */
export async function measureCopy(device: GPUDevice, meter: Meter, software: boolean): Promise<number> {
  const bytes = software ? 1 << 24 : 1 << 28;
  const groups = bytes / 16 / 64;
  const wide = Math.min(groups, 32768);
  const copy = probe(device, copyShader, [bytes, bytes], [wide, Math.ceil(groups / wide)]);
  await shortest(meter, copy, 1);
  const ms = await shortest(meter, copy, 3);
  copy.free();
  return (2 * bytes) / ms / 1e6;
}
