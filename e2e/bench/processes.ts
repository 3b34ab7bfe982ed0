import { readFileSync, readdirSync } from 'node:fs';
import type { CpuClock } from './protocol';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** A file of /proc, or nothing when the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function processes(): Process[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // Fields follow the name of the program, which is in brackets and may hold blanks.
      const parent = read(`/proc/${name}/stat`).split(') ').at(-1)?.split(' ')[1];
      if (parent === undefined) return [];
      return [{ pid: Number(name), parent: Number(parent), command: read(`/proc/${name}/cmdline`) }];
    });
}

/** The browser's processes: all that descend from this one and are not Node. */
function browserProcesses(): Process[] {
  const all = processes();
  const inside = new Set([process.pid]);
  for (let before = 0; before !== inside.size;) {
    before = inside.size;
    for (const { pid, parent } of all) if (inside.has(parent)) inside.add(pid);
  }
  return all.filter(({ pid, command }) => pid !== process.pid && inside.has(pid) && /chrom/i.test(command));
}

function residentOf({ pid }: Process): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`)) ?? [];
  return 1024 * Number(kilobytes);
}

/** Memory of the browser's processes together, in bytes; pages they share count more than once. */
export function residentBytes(): number {
  return browserProcesses().reduce((sum, process) => sum + residentOf(process), 0);
}

/** Memory of the largest process that pages and their workers run in, in bytes, the browser's own code included. */
export function rendererBytes(): number {
  const renderers = browserProcesses().filter(({ command }) => command.includes('--type=renderer'));
  return Math.max(0, ...renderers.map(residentOf));
}

/** Ends the browser's processes at once, whatever they are doing. */
export function killBrowser(): void {
  for (const { pid } of browserProcesses()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** Adds up the processor time of threads, also of those that have ended since they were last seen. */
interface ThreadClock {
  read(pids: readonly number[], belongs?: (name: string) => boolean): number;
}

function threadClock(): ThreadClock {
  const last = new Map<string, number>();
  let total = 0;
  return {
    read(pids, belongs) {
      for (const pid of pids) {
        for (const thread of list(`/proc/${pid}/task`)) {
          const folder = `/proc/${pid}/task/${thread}`;
          if (belongs && !belongs(read(`${folder}/comm`).trim())) continue;
          const now = Number(read(`${folder}/schedstat`).split(' ')[0] ?? 0);
          const before = last.get(folder) ?? 0;
          if (now > before) total += now - before;
          last.set(folder, Math.max(now, before));
        }
      }
      return total / 1e6;
    },
  };
}

/** Reads the processor time of the browser's processes. Processes are looked up once, when `find` is called. */
export function browserClock(): { find(): void; read(): CpuClock } {
  const [gpu, renderer, worker] = [threadClock(), threadClock(), threadClock()];
  let pids: { gpu: number[]; renderer: number[] } = { gpu: [], renderer: [] };
  const ofType = (all: readonly Process[], type: string): number[] =>
    all.filter(({ command }) => command.includes(`--type=${type}`)).map(({ pid }) => pid);
  return {
    find() {
      const all = browserProcesses();
      pids = { gpu: ofType(all, 'gpu-process'), renderer: ofType(all, 'renderer') };
    },
    read: () => ({
      gpu: gpu.read(pids.gpu),
      renderer: renderer.read(pids.renderer),
      worker: worker.read(pids.renderer, (name) => name.startsWith('DedicatedWorker')),
    }),
  };
}

/** Load average of the last minute; null where the system does not tell. */
export function loadAverage(): number | null {
  const load = Number(read('/proc/loadavg').split(' ')[0]);
  return Number.isFinite(load) && load >= 0 ? load : null;
}
