import * as tf from '@tensorflow/tfjs-core';
import { observeImages } from '../../method/evaluate';
import { createLearner, disposeLearner } from '../../method/learner';
import type { Learner } from '../../method/learner';
import { mixingOf } from '../../method/mixing';
import { buildBank, pseudoLabels } from '../../method/pseudoLabels';
import { learningRateAt } from '../../method/schedule';
import { readStored } from '../../method/statistics';
import { applyGradients, computeGradients, disposeGradients } from '../../method/step';
import type { StepBatch, StepGradients } from '../../method/step';
import { disposeNetwork, readWeights } from '../../networks/network';
import { settingsOf } from '../../shared/settings';
import type { Settings } from '../../shared/settings';
import { centered, imagesOf, normOf, openNetworks, startOf } from './opening';
import { tolerances } from './record';
import type { Compare } from './record';
import { tensorOf } from './schema';
import type { GoldenArray, NetCase, NetShotCase, NetStep } from './schema';

/** Names of the golden files: `0.F.conv1.weight`, `0.G.w`. Ours: `0/F.conv1.weight`, and one `mixing` for all sources. */
async function readNamed(
  learner: Learner,
  of: (name: string) => tf.Tensor | undefined,
  name: string,
): Promise<ArrayLike<number>> {
  const [source = '0', ...rest] = name.split('.');
  if (rest.join('.') !== 'G.w') return (await of(`${source}/${rest.join('.')}`)?.data<'float32'>()) ?? [];
  const all = (await of('mixing')?.data<'float32'>()) ?? new Float32Array(learner.networks.length);
  return [all[Number(source)] ?? NaN];
}

/** Gradients against the golden ones: norms at every step, all entries where they are given. */
async function compareGradients(
  learner: Learner,
  step: StepGradients,
  golden: NetStep,
  at: string,
  compare: Compare,
): Promise<void> {
  for (const [name, expected] of Object.entries(golden.grad_norm)) {
    const values = await readNamed(learner, (ours) => step.gradients.get(ours), name);
    compare(`${at} norm of ${name}`, normOf(values), expected, tolerances.networkGradient);
    const full = golden.grad?.[name];
    if (full) compare(`${at} gradient of ${name}`, values, full.data, tolerances.networkGradient);
  }
}

async function compareParameters(learner: Learner, golden: NetStep, at: string, compare: Compare): Promise<void> {
  if (!golden.param || !golden.stat) return;
  const weights = await Promise.all(learner.networks.map(readWeights));
  const raw = await learner.raw.data<'float32'>();
  for (const [name, expected] of [...Object.entries(golden.param), ...Object.entries(golden.stat)]) {
    const [source = '0', ...rest] = name.split('.');
    const own = rest.join('.');
    const values = own === 'G.w' ? [raw[Number(source)] ?? NaN] : (weights[Number(source)]?.get(own) ?? []);
    compare(`${at} ${name}`, values, expected.data, tolerances.parameter);
  }
}

function compareRates(
  settings: Settings,
  step: number,
  steps: number,
  golden: NetStep,
  at: string,
  compare: Compare,
): void {
  const rate = learningRateAt(settings, step, steps);
  for (const [name, expected] of Object.entries(golden.lr)) {
    const factor = name.split('.')[1] === 'F' ? settings.backboneFactor : 1;
    compare(`${at} rate of ${name}`, rate * factor, expected, tolerances.value);
  }
}

/** Statistics matching of a step's forward pass, also where its weight is 0. */
async function matchingOf(learner: Learner, batch: StepBatch): Promise<number> {
  const settings = { ...learner.settings, statisticsWeight: 1 };
  const step = await computeGradients(
    { ...learner, settings, active: ['statistics'] },
    { ...batch, pairs: null },
    true,
  );
  disposeGradients(step);
  return step.terms.statistics;
}

async function runSteps(
  learner: Learner,
  goldenSteps: readonly NetStep[],
  batchOf: (mixing: readonly number[]) => StepBatch,
  check: { readonly name: string; readonly firstLogits?: GoldenArray; readonly labels?: readonly number[] },
  compare: Compare,
): Promise<void> {
  for (const golden of goldenSteps) {
    const at = `${check.name} step ${String(golden.step)}`;
    const batch = batchOf(mixingOf([...(await learner.raw.data<'float32'>())], learner.mixingForm));
    if (golden.step === 1 && check.labels)
      compare(`${at} pseudo-labels`, (await batch.pseudoLabels?.data()) ?? [], check.labels, tolerances.exact);
    const wantsMatching = golden.terms['distribution'] !== undefined && !learner.active.includes('statistics');
    if (wantsMatching)
      compare(
        `${at} distribution`,
        await matchingOf(learner, batch),
        golden.terms['distribution'] ?? NaN,
        tolerances.value,
      );
    const step = await computeGradients(learner, batch);
    const { terms: values } = step;
    const ours: Record<string, number> = {
      ce: values.pseudoLabel,
      entropy: values.entropy,
      diversity: values.diversity,
      im: values.entropy - values.diversity,
      ...(wantsMatching ? {} : { distribution: values.statistics }),
      ti: values.pairs,
    };
    for (const [name, value] of Object.entries(golden.terms)) {
      if (ours[name] !== undefined) compare(`${at} ${name}`, ours[name], value, tolerances.value);
    }
    compare(`${at} total`, values.total, golden.total, tolerances.value);
    if (golden.step === 1 && check.firstLogits) {
      compare(`${at} logits`, await step.logits.data(), check.firstLogits.data, tolerances.value);
    }
    await compareGradients(learner, step, golden, at, compare);
    compareRates(learner.settings, golden.step, goldenSteps.length, golden, at, compare);
    applyGradients(learner, step, learningRateAt(learner.settings, golden.step, goldenSteps.length));
    await compareParameters(learner, golden, at, compare);
    disposeGradients(step);
  }
}

export async function checkNet(cases: readonly NetCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const { config } = golden;
    const settings = settingsOf('socket-reference', {
      learningRate: config.lr,
      pseudoLabelWeight: config.cls_par,
      entropyWeight: config.ent_par,
      diversityWeight: config.ent_par,
      statisticsWeight: config.lambda_d,
      pairWeight: config.lambda_TI,
    });
    const networks = openNetworks(golden.net, golden.target);
    const count = golden.target.shape[0] ?? 0;
    const paired = imagesOf(golden.ti_source);
    const sourceSide = await observeImages(networks, paired, centered(paired.count), paired.count);
    sourceSide.forEach(({ features }, k) => {
      const expected = golden.ti_source_features[k]?.data ?? [];
      compare(`${golden.name} pair features ${String(k)}`, features.values, expected, tolerances.value);
    });
    const bank = buildBank(await observeImages(networks, imagesOf(golden.target), centered(count), count), settings);
    const learner = createLearner(networks, settings, await Promise.all(networks.map(readStored)), startOf(golden.w));
    const layers = learner.storedMoments.map((ofSource) => ofSource.length);
    compare(
      `${golden.name} layers`,
      layers,
      golden.net.map(() => golden.dm_layers_per_source),
      tolerances.exact,
    );
    const sourceFeatures = sourceSide.map(({ features }) => {
      const rows = tf.tensor2d(Float32Array.from(features.values), [features.rows, features.columns]);
      return tf.gather(rows, tf.tensor1d([...golden.ti_index], 'int32'));
    });
    const pairs = config.lambda_TI > 0 ? { target: tensorOf<tf.Rank.R4>(golden.ti_target), sourceFeatures } : null;
    const target = tensorOf<tf.Rank.R4>(golden.target);
    const batchOf = (mixing: readonly number[]): StepBatch => ({
      target,
      pairs,
      pseudoLabels: tf.tensor1d(
        pseudoLabels(
          bank,
          mixing,
          Array.from({ length: count }, (_, i) => i),
        ),
        'int32',
      ),
    });
    const check = { name: golden.name, firstLogits: golden.first_logits, labels: golden.pseudo_labels };
    await runSteps(learner, golden.steps, batchOf, check, compare);
    disposeLearner(learner);
    networks.forEach(disposeNetwork);
  }
}

export async function checkNetShot(cases: readonly NetShotCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const { config } = golden;
    const settings = settingsOf('shot', {
      learningRate: config.lr,
      pseudoLabelWeight: config.cls_par,
      entropyWeight: config.ent_par,
      diversityWeight: config.ent_par,
      pseudoLabelMetric: config.distance,
      pseudoLabelThreshold: config.threshold,
    });
    const networks = openNetworks(golden.net, golden.target);
    const count = golden.target.shape[0] ?? 0;
    const bank = buildBank(await observeImages(networks, imagesOf(golden.target), centered(count), count), settings);
    const learner = createLearner(networks, settings, await Promise.all(networks.map(readStored)), startOf([1]));
    const target = tensorOf<tf.Rank.R4>(golden.target);
    const labels = pseudoLabels(
      bank,
      [1],
      Array.from({ length: count }, (_, i) => i),
    );
    const batchOf = (): StepBatch => ({
      target,
      pairs: null,
      pseudoLabels: tf.tensor1d(labels, 'int32'),
    });
    await runSteps(learner, golden.steps, batchOf, { name: golden.name, labels: golden.pseudo_labels }, compare);
    disposeLearner(learner);
    networks.forEach(disposeNetwork);
  }
}
