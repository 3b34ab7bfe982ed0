import * as tf from '@tensorflow/tfjs-core';
import { createOptimizer, disposeOptimizer, stepOptimizer } from '../../../src/method/optimizer';
import { resNet18Variables } from '../shapes';
import { use } from './engines';
import type { EngineName } from './engines';
import { normal, runCase } from './kernelRow';
import type { SectionScope } from './kernelRow';

/** Weight decay is off: tfjs has none, and both must do the same. */
const settings = { optimizer: 'sgd', momentum: 0.9, weightDecay: 0 } as const;
const learningRate = 0.01;
/** Of the variables that the engines must agree on after one step. */
const compared = 3;

interface Side {
  readonly step: () => void;
  readonly variables: readonly tf.Variable[];
  readonly free: () => void;
}

function makeVariables(): { variables: tf.Variable[]; gradients: tf.Tensor[] } {
  const shapes = resNet18Variables();
  const make = (seed: number) => shapes.map((shape, at) => tf.fill(shape, ((seed * (at + 1)) % 17) / 17));
  return { variables: make(3).map((tensor) => tf.variable(tensor)), gradients: make(5) };
}

const sides: Readonly<Record<EngineName, () => Side>> = {
  own: () => {
    const { variables, gradients } = makeVariables();
    const trained = variables.map((variable, at) => ({ name: String(at), variable, rateFactor: 1 }));
    const optimizer = createOptimizer(settings, trained);
    const named = new Map(gradients.map((gradient, at) => [String(at), gradient]));
    return {
      variables,
      step: () => stepOptimizer(optimizer, named, learningRate),
      free: () => {
        disposeOptimizer(optimizer);
        tf.dispose([variables, gradients]);
      },
    };
  },
  stock: () => {
    const { variables, gradients } = makeVariables();
    const optimizer = tf.train.momentum(learningRate, settings.momentum, true);
    const named = variables.map(({ name }, at) => ({ name, tensor: gradients[at] as tf.Tensor }));
    return {
      variables,
      step: () => optimizer.applyGradients(named),
      free: () => {
        optimizer.dispose();
        tf.dispose([variables, gradients]);
      },
    };
  },
};

/** SGD with Nesterov momentum over all variables of a ResNet-18. */
export async function measureOptimizer(scope: SectionScope): Promise<void> {
  const made: Partial<Record<EngineName, Side>> = {};
  for (const engine of ['own', 'stock'] as const) {
    await use(engine);
    made[engine] = sides[engine]();
  }
  const run = (engine: EngineName) => (): tf.Tensor[] => {
    made[engine]?.step();
    return (made[engine]?.variables ?? []).slice(0, compared).map((variable) => tf.clone(variable));
  };
  const elements = resNet18Variables().reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  await runCase(scope, {
    ...{ section: 'optimizer', group: 'optimizer', name: 'SGD, ResNet-18', gated: true, flops: 0 },
    bytes: 4 * 5 * elements,
    inputs: () => ({ none: normal([1], 1) }),
    run: { own: run('own'), stock: run('stock') },
  });
  for (const side of Object.values(made)) side.free();
}
