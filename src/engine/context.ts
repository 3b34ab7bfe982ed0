import type { ImageDesk } from '../data/imageDesk';
import { StudioError } from '../shared/failure';
import type { KernelChoice } from '../shared/gpuKernels';
import type { BackendChoice } from '../shared/protocol';
import type { Device } from './device';
import type { Emit } from './host';
import type { Project } from './project';
import type { RunBook } from './runBook';
import type { PreparedCache } from './storage/preparedCache';

/** What the handlers of the engine share. */
export interface Context {
  readonly emit: Emit;
  /** Where image files are decoded. */
  readonly desk: ImageDesk;
  /** Where prepared images are kept. */
  readonly cache: PreparedCache;
  readonly project: Project;
  readonly runs: RunBook;
  /** The backend that runs; throws what kept it from starting. */
  device(): Device;
  setDevice(device: Device): void;
  /** Starts the backend of a choice and ends the one before; `setDevice` makes it the one that runs. */
  selectDevice(choice: BackendChoice, kernels?: KernelChoice): Promise<Device>;
  /** Runs pieces of work one after the other: whatever changes the project or computes on the backend. */
  readonly inTurn: InTurn;
}

export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue: each piece of work starts when the one before has settled, however it went. */
export function createQueue(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

/** @throws StudioError `busy` while a run is in progress */
export function requireIdle({ runs }: Context, what: string): void {
  if (runs.active() === null) return;
  throw new StudioError({
    code: 'busy',
    message: `A run is in progress, so ${what} now.`,
    remedy: 'Stop the run first, or wait until it has finished.',
  });
}
