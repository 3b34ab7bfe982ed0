import type { NetworkName } from '../../src/tests/randomNetworks';
import type { BenchPlan } from './protocol';

/** What tfjs does of a workload that it is slow at. */
interface SlowWorkload {
  /** Measured steps. */
  readonly measured: number;
  /** Steps on small images before, of both engines: they compile, and losses are compared after them. */
  readonly rehearsed: number;
}

/** A whole training step. */
export interface Workload {
  readonly name: string;
  readonly network: NetworkName;
  readonly edge: number;
  /** Through the network in one step: one half target images, the other half pairs. */
  readonly images: number;
  /** Where a step takes tfjs tens of seconds. Null: it takes as many as ours. */
  readonly slow: SlowWorkload | null;
  /** Steps that are set off before their results are read, as the studio does on a real GPU. */
  readonly ahead: number;
  /** Turns of ours before those that are measured, for the browser to optimise its JavaScript as in a long run. */
  readonly settling?: number;
}

const workload = (
  title: string,
  network: NetworkName,
  edge: number,
  images: number,
  slow: SlowWorkload | null,
  ahead = 1,
): Workload => ({ name: `${title} ${edge} px b${images}`, network, edge, images, slow, ahead });

/** The third step of ours is the first that is replayed. */
const bearable = { measured: 1, rehearsed: 4 };
const hardlyBearable = { measured: 1, rehearsed: 2 };

/** What JavaScript costs where it works ahead of the GPU, as the studio does on a real one; the images are small. */
const scripted: Workload = {
  ...workload('Eight ahead: ResNet-8', 'resnet8', 16, 4, { measured: 1, rehearsed: 3 }, 8),
  settling: 12,
};

/** Whether a workload is there for what it takes JavaScript. */
export const isScripted = (name: string): boolean => name === scripted.name;

const software = [
  scripted,
  workload('ResNet-8', 'resnet8', 64, 32, bearable),
  workload('MobileNetV2 blocks', 'mobilenet', 32, 8, { ...bearable, measured: 2 }),
  workload('ResNet-18', 'resnet18', 64, 4, hardlyBearable),
];

const quick = [scripted, workload('ResNet-8', 'resnet8', 32, 8, bearable)];

const gpu = [
  scripted,
  workload('ResNet-8', 'resnet8', 64, 32, null, 8),
  workload('ResNet-18', 'resnet18', 64, 16, null, 8),
  workload('ResNet-50', 'resnet50', 224, 32, null, 8),
];

/** The steps of a run; `tiny` keeps the networks and shrinks the images, as far as batch norm bears it. */
export function workloadsOf(plan: Pick<BenchPlan, 'quick' | 'gpu' | 'tiny'>): Workload[] {
  const all = plan.gpu ? gpu : plan.quick ? quick : software;
  if (!plan.tiny) return all;
  return all
    .filter((given) => given !== scripted)
    .map(({ network, ahead }) => workload(`Toy ${network}`, network, 32, 4, null, Math.min(ahead, 2)));
}

/** The same network at a size that compiles the same shaders and takes little time. */
export const rehearsalOf = (given: Workload): Workload => ({
  ...given,
  edge: Math.max(16, given.edge / 4),
  images: 4,
  ahead: 1,
});

/** The step on the WASM backend. */
export const wasmWorkload = (tiny: boolean): Workload =>
  tiny ? workload('Toy CNN', 'tiny', 16, 4, null) : workload('Small CNN', 'tiny', 64, 16, null);
