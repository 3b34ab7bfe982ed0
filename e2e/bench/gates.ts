import type { DeviceReport } from './protocol';
import { convolutionShare, groupRatio, stepRatio } from './results';
import type { Figure, Results } from './results';
import { isScripted } from './workloads';

/** Something a run must reach. */
export interface Verdict {
  readonly name: string;
  readonly wanted: string;
  /** Null when the run did not measure it. */
  readonly found: string | null;
  readonly passed: boolean | null;
}

interface Gate {
  readonly name: string;
  /** At least, or at most. */
  readonly limit: number;
  readonly side: 'least' | 'most';
  readonly unit: string;
  readonly value: (results: Results) => Figure | null;
}

const convolutionGroups = ['forward', 'input gradient', 'filter gradient'];

const ratio = (name: string, limit: number, value: Gate['value']): Gate => ({
  ...{ name, limit, value },
  side: 'least',
  unit: 'x',
});

const ofGroup =
  (group: string): Gate['value'] =>
  (results) =>
    groupRatio(results.kernels, group);
const ofStep =
  (name: string): Gate['value'] =>
  (results) =>
    stepRatio(results.steps, name);

function percentOf(share: Figure | null): Figure | null {
  return share && { median: 100 * share.median, min: 100 * share.min };
}

/** Microseconds of JavaScript a dispatch, of steps that work ahead of the GPU. */
function scriptPerDispatch({ steps }: Results): Figure | null {
  const own = steps.find(({ name }) => isScripted(name))?.own;
  return own ? { median: (1000 * own.js.median) / own.dispatches, min: (1000 * own.js.min) / own.dispatches } : null;
}

const softwareGates: readonly Gate[] = [
  ratio('conv forward', 6, ofGroup('forward')),
  ratio('conv input gradient', 3, ofGroup('input gradient')),
  ratio('conv filter gradient', 15, ofGroup('filter gradient')),
  ratio('moments', 20, ofGroup('moments')),
  ratio('BN backward', 20, ofGroup('BN backward')),
  ratio('BN + ReLU + matching, running', 20, ofGroup('BN + ReLU + matching, running')),
  ratio('BN + ReLU + matching, batch', 20, ofGroup('BN + ReLU + matching, batch')),
  ratio('optimizer', 3, ofGroup('optimizer')),
  ratio('step ResNet-8 64 px b32', 10, ofStep('ResNet-8 ')),
  ratio('step ResNet-18 64 px b4', 12, ofStep('ResNet-18 64 px')),
  {
    ...{ name: 'conv, share of the FMA peak', limit: 8, side: 'least', unit: ' %' },
    value: (results) => percentOf(convolutionShare(results, convolutionGroups)),
  },
  { name: 'JavaScript a dispatch', limit: 2, side: 'most', unit: ' us', value: scriptPerDispatch },
];

const gpuGates: readonly Gate[] = [
  ratio('step ResNet-50 224 px b32', 5, ofStep('ResNet-50 224 px')),
  {
    ...{ name: 'conv forward and input gradient, share of the FMA peak', limit: 25, side: 'least', unit: ' %' },
    value: (results) => percentOf(convolutionShare(results, convolutionGroups.slice(0, 2))),
  },
  {
    ...{ name: 'conv filter gradient, share of the FMA peak', limit: 20, side: 'least', unit: ' %' },
    value: (results) => percentOf(convolutionShare(results, convolutionGroups.slice(2))),
  },
];

function judge(gate: Gate, results: Results): Verdict {
  const { name, limit, side, unit } = gate;
  const wanted = `${side === 'least' ? '>=' : '<='} ${limit}${unit}`;
  const figure = gate.value(results);
  if (!figure) return { name, wanted, found: null, passed: null };
  const holds = (value: number): boolean => (side === 'least' ? value >= limit : value <= limit);
  const digits = (value: number): string => value.toFixed(value < 10 ? 2 : 1);
  return {
    ...{ name, wanted },
    found: `${digits(figure.median)}${unit} (of minima ${digits(figure.min)}${unit})`,
    passed: holds(figure.median) || holds(figure.min),
  };
}

/** Gates of the adapter that ran. A gate fails only when the ratio of medians and that of minima both miss it. */
export function judgeGates(results: Results): Verdict[] {
  const gates = results.device?.software === false ? gpuGates : softwareGates;
  return gates.map((gate) => judge(gate, results));
}

/** Kernels sum in another order; steps of one weight update after the other drift apart a little more. */
const mostDifference = { kernel: 1e-4, loss: 1e-3 };

/** What both engines must agree on, on every adapter and in every run. */
export function judgeAgreement({ kernels, steps }: Results): Verdict[] {
  const worst = kernels.toSorted((a, b) => b.difference - a.difference)[0];
  const kernelVerdict: Verdict[] = worst
    ? [
        {
          name: `results of kernels (worst: ${worst.group}, ${worst.name})`,
          wanted: `<= ${mostDifference.kernel}`,
          found: worst.difference.toExponential(1),
          passed: worst.difference <= mostDifference.kernel,
        },
      ]
    : [];
  const losses = steps.flatMap(({ name, agreements }) =>
    agreements.map(({ what, own, stock }): Verdict => {
      const difference = Math.abs(own - stock) / Math.max(Math.abs(stock), 1e-12);
      return {
        name: `${name}, ${what}`,
        wanted: `<= ${mostDifference.loss}`,
        found: `${difference.toExponential(1)} (${own.toPrecision(6)}, tfjs ${stock.toPrecision(6)})`,
        passed: difference <= mostDifference.loss,
      };
    }),
  );
  return [...kernelVerdict, ...losses];
}

/** Whether the device is one that gates are set for. */
export const describeMetric = ({ metric }: DeviceReport): string =>
  ({ cpu: 'processor time of the GPU process', timestamp: 'timestamps of the GPU', wall: 'time on the wall' })[metric];
