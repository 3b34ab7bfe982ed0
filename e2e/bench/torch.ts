import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { spreadOf } from './protocol';
import type { Spread } from './protocol';
import type { Workload } from './workloads';

/** PyTorch on one workload, milliseconds of a step. */
export interface TorchReport {
  readonly name: string;
  readonly device: string;
  readonly version: string;
  readonly wall: Spread;
  /** Of the whole process. */
  readonly cpu: Spread;
}

/** What the script prints, a line a workload. */
interface TorchLine extends Pick<TorchReport, 'name' | 'device' | 'version'> {
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
}

const script = join(import.meta.dirname, 'gpu', 'pytorch.py');
const interpreters = ['python3', '/usr/bin/python3'];
const longestMs = 5 * 60_000;

/** A Python that has PyTorch; null when there is none. */
function findTorch(): string | null {
  const works = (python: string): boolean =>
    spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore', timeout: 60_000 }).status === 0;
  return interpreters.find(works) ?? null;
}

/**
 * The same steps in PyTorch, on one thread or on the GPU.
 *
 * @returns null when there is no PyTorch here.
 */
export async function measureTorch(
  workloads: readonly Workload[],
  device: 'cpu' | 'cuda',
): Promise<TorchReport[] | null> {
  const python = findTorch();
  if (python === null) return null;
  const known = workloads
    .filter(({ network }) => network !== 'mobilenet')
    .map(({ name, network, edge, images }) => ({ name, network, edge, images }));
  const args = [script, '--device', device, '--threads', '1', '--workloads', JSON.stringify(known)];
  const { stdout } = await promisify(execFile)(python, args, { timeout: longestMs });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TorchLine)
    .map(({ wall, cpu, ...rest }) => ({ ...rest, wall: spreadOf(wall), cpu: spreadOf(cpu) }));
}
