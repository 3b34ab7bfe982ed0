import type * as tf from '@tensorflow/tfjs-core';
import { stepOptimizer } from '../../method/optimizer';
import { learningRateAt } from '../../method/schedule';
import { createSourceOptimizer, sourceStep } from '../../method/sourceTraining';
import { disposeNetwork, readWeights } from '../../networks/network';
import { settingsOf } from '../../shared/settings';
import { normOf, openNetworks } from './opening';
import { tolerances } from './record';
import type { Compare } from './record';
import { tensorOf } from './schema';
import type { NetSourceCase } from './schema';

export async function checkNetSource(cases: readonly NetSourceCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const [network] = openNetworks(golden.net, golden.images);
    if (!network) throw new Error(`${golden.name} has no network.`);
    const settings = {
      ...settingsOf('shot', { learningRate: golden.config.lr, backboneFactor: golden.config.lr_multipliers.F }),
      labelSmoothing: golden.config.smoothing,
    };
    const optimizer = createSourceOptimizer(network, settings);
    const x = tensorOf<tf.Rank.R4>(golden.images);
    for (const step of golden.steps) {
      const at = `${golden.name} step ${String(step.step)}`;
      const rate = learningRateAt(settings, step.step, golden.max_iter);
      const loss = await sourceStep(
        { network, optimizer, smoothing: settings.labelSmoothing },
        x,
        Int32Array.from(golden.labels),
        async (gradients) => {
          for (const [name, norm] of Object.entries(step.grad_norm)) {
            const values = (await gradients.get(name.slice(2))?.data()) ?? [];
            compare(`${at} norm of ${name}`, normOf(values), norm, tolerances.networkGradient);
            const full = step.grad?.[name];
            if (full) compare(`${at} gradient of ${name}`, values, full.data, tolerances.networkGradient);
          }
          stepOptimizer(optimizer, gradients, rate);
        },
      );
      compare(`${at} total`, loss, step.total, tolerances.value);
      for (const { name, rateFactor } of optimizer.variables) {
        compare(`${at} rate of ${name}`, rate * rateFactor, step.lr[`0.${name}`] ?? NaN, tolerances.value);
      }
      const weights = await readWeights(network);
      for (const [name, expected] of Object.entries({ ...step.param, ...step.stat })) {
        compare(`${at} ${name}`, weights.get(name.slice(2)) ?? [], expected.data, tolerances.parameter);
      }
    }
    disposeNetwork(network);
  }
}
