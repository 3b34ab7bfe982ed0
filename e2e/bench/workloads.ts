import type { NetworkName } from '../../src/tests/randomNetworks';
import type { BenchPlan } from './protocol';

/** A whole training step. */
export interface Workload {
  readonly name: string;
  readonly network: NetworkName;
  readonly edge: number;
  /** Through the network in one step: one half target images, the other half pairs. */
  readonly images: number;
  /**
   * Measured steps of tfjs where a step takes it tens of seconds: it then warms up on small images. Null: as many as
   * repetitions, after a step of the same size.
   */
  readonly stockSteps: number | null;
  /** Steps that are set off before their results are read, as the studio does on a real GPU. */
  readonly ahead: number;
}

const workload = (
  title: string,
  network: NetworkName,
  edge: number,
  images: number,
  stockSteps: number | null,
  ahead = 1,
): Workload => ({ name: `${title} ${edge} px b${images}`, network, edge, images, stockSteps, ahead });

const software = [
  workload('ResNet-8', 'resnet8', 64, 32, 1),
  workload('MobileNetV2 blocks', 'mobilenet', 32, 8, 2),
  workload('ResNet-18', 'resnet18', 64, 4, 1),
];

const quick = [workload('ResNet-8', 'resnet8', 32, 8, 1)];

const gpu = [
  workload('ResNet-8', 'resnet8', 64, 32, null, 8),
  workload('ResNet-18', 'resnet18', 64, 16, null, 8),
  workload('ResNet-50', 'resnet50', 224, 32, null, 8),
];

/** The steps of a run; `tiny` keeps the networks and shrinks the images. */
export function workloadsOf(plan: Pick<BenchPlan, 'quick' | 'gpu' | 'tiny'>): Workload[] {
  const all = plan.gpu ? gpu : plan.quick ? quick : software;
  if (!plan.tiny) return all;
  return all.map(({ name, network, ahead }) =>
    workload(`Toy ${name.split(' ')[0] ?? ''}`, network, 16, 4, 1, Math.min(ahead, 2)),
  );
}

/** The same network at a size that compiles its shaders and takes little time. */
export const rehearsalOf = (given: Workload): Workload => ({
  ...given,
  edge: Math.max(16, given.edge / 4),
  images: 4,
  ahead: 1,
});

/** The step on the WASM backend. */
export const wasmWorkload = (tiny: boolean): Workload =>
  tiny ? workload('Toy CNN', 'tiny', 16, 4, null) : workload('Small CNN', 'tiny', 64, 16, null);
