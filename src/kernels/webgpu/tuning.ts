/** How the kernels are cut for a device. */
export interface Tuning {
  /**
   * `registers`: tiles in registers only, for adapters that run on the processor, where workgroup memory and barriers
   * cost more than they save. `shared`: tiles in workgroup memory, for graphics processors.
   */
  readonly tiles: 'registers' | 'shared';
  /** Invocations that keep the device busy; sums over many rows are split until there are so many. */
  readonly busyInvocations: number;
}

const softwareTuning: Tuning = { tiles: 'registers', busyInvocations: 256 };
const hardwareTuning: Tuning = { tiles: 'shared', busyInvocations: 65_536 };

const tunings = new WeakMap<GPUDevice, Tuning>();

/**
 * Cuts the kernels for a device.
 *
 * @param options `software`: it runs on the processor; the rest, where it shall differ from what then suits.
 */
export function tuneDevice(
  device: GPUDevice,
  { software, ...differences }: { readonly software: boolean } & Partial<Tuning>,
): void {
  tunings.set(device, { ...(software ? softwareTuning : hardwareTuning), ...differences });
}

/** How the kernels are cut for a device; as for a software adapter until {@link tuneDevice} was told otherwise. */
export function tuningOf(device: GPUDevice): Tuning {
  return tunings.get(device) ?? softwareTuning;
}
