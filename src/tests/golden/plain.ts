import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from '../../method/losses/crossEntropy';
import { mix, mixingOf, mixingWeights } from '../../method/mixing';
import { createOptimizer, readOptimizer, stepOptimizer } from '../../method/optimizer';
import {
  argmaxRows,
  augmentAndNormalise,
  buildBank,
  centroidDistances,
  classCentroids,
  mixBank,
  pseudoLabels,
  softmaxRows,
} from '../../method/pseudoLabels';
import type { Matrix } from '../../method/pseudoLabels';
import { learningRateAt } from '../../method/schedule';
import { tolerances } from './record';
import type { Compare } from './record';
import { matrixOf, tensorOf } from './schema';
import type { GoldenArray, OptimCases, PseudoCases } from './schema';

const released = { pseudoLabelRounds: '1', pseudoLabelMetric: 'euclidean', pseudoLabelThreshold: 0 } as const;

async function clsLoss(logits: tf.Tensor2D, labels: Int32Array): Promise<number> {
  return (await crossEntropy(logits, tf.tensor1d(labels, 'int32')).data())[0] ?? NaN;
}

async function checkSingle(cases: PseudoCases['single'], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const features = matrixOf(golden.features);
    const logits = matrixOf(golden.logits);
    const images = Array.from({ length: features.rows }, (_, i) => i);
    const bank = buildBank([{ features, logits }], released);
    const labels = pseudoLabels(bank, [1], images);
    const mixed = mixBank(bank, [1], images);
    const first = argmaxRows(logits);
    compare(`${golden.name} first_prediction`, first, golden.first_prediction, tolerances.exact);
    compare(
      `${golden.name} normalised`,
      augmentAndNormalise(features).values,
      golden.normalised_features.data,
      tolerances.gradient,
    );
    compare(`${golden.name} centroids`, mixed.centroids.values, golden.centroids.data, tolerances.gradient);
    const distances = centroidDistances(mixed.features, mixed, 'euclidean').values;
    compare(`${golden.name} distances`, distances, golden.distances.data, tolerances.gradient);
    compare(`${golden.name} labels`, labels, golden.labels, tolerances.exact);
    compare(
      `${golden.name} n_changed`,
      labels.filter((label, i) => label !== first[i]).length,
      golden.n_changed,
      tolerances.exact,
    );
    const loss = golden.cls_par * (await clsLoss(tensorOf(golden.logits), labels));
    compare(`${golden.name} loss`, loss, golden.cls_loss_x_cls_par, tolerances.value);
  }
}

async function checkMixed(cases: PseudoCases['mixed'], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const mixing = mixingOf(golden.w, 'released');
    compare(`${golden.name} z`, mixing, golden.z.data, tolerances.value);
    const predictions = golden.features.map((features, k) => ({
      features: matrixOf(features),
      logits: matrixOf(golden.logits[k] as GoldenArray),
    }));
    const bank = buildBank(predictions, released);
    const images = Array.from({ length: predictions[0]?.features.rows ?? 0 }, (_, i) => i);
    bank.sources.forEach(({ centroids }, k) => {
      const expected = golden.centroids_per_source[k]?.data ?? [];
      compare(`${golden.name} centroids ${String(k)}`, centroids.values, expected, tolerances.gradient);
    });
    const mixed = mixBank(bank, mixing, images);
    compare(`${golden.name} mixed centroids`, mixed.centroids.values, golden.mixed_centroids.data, tolerances.gradient);
    compare(`${golden.name} mixed features`, mixed.features.values, golden.mixed_features.data, tolerances.gradient);
    const labels = pseudoLabels(bank, mixing, images);
    compare(`${golden.name} labels`, labels, golden.labels, tolerances.exact);
    const weights = mixingWeights(tf.tensor1d([...golden.w]), 'released');
    const logits = mix(
      golden.logits.map((x) => tensorOf<tf.Rank.R2>(x)),
      weights,
    );
    const loss = golden.cls_par * (await clsLoss(logits, labels));
    compare(`${golden.name} loss`, loss, golden.cls_loss_x_cls_par, tolerances.value);
  }
}

/** The rows of the classes that are kept. */
const keptRows = ({ columns, values }: Matrix, kept: readonly boolean[]): number[] =>
  kept.flatMap((keep, m) => (keep ? [...values.subarray(m * columns, (m + 1) * columns)] : []));

function checkShot({ shot, single }: PseudoCases, compare: Compare): void {
  for (const golden of shot) {
    const inputs = single.find(({ name }) => name === golden.case);
    if (!inputs) throw new Error(`There is no case ${golden.case}.`);
    const features = matrixOf(inputs.features);
    const logits = matrixOf(inputs.logits);
    const bank = buildBank([{ features, logits }], {
      pseudoLabelRounds: '2',
      pseudoLabelMetric: golden.distance,
      pseudoLabelThreshold: golden.threshold,
    });
    const [source] = bank.sources;
    const [first, second] = golden.rounds;
    if (!source || !first || !second) throw new Error(`${golden.name} needs two rounds.`);
    const counts = new Array<number>(logits.columns).fill(0);
    for (const predicted of argmaxRows(logits)) counts[predicted] = (counts[predicted] ?? 0) + 1;
    const firstKept = counts.map((count) => count > golden.threshold);
    const soft = classCentroids(softmaxRows(logits), source.features);
    compare(`${golden.name} round 1`, keptRows(soft, firstKept), first.centroids_kept.data, tolerances.gradient);
    compare(
      `${golden.name} round 2`,
      keptRows(source.centroids, source.available),
      second.centroids_kept.data,
      tolerances.gradient,
    );
    compare(`${golden.name} kept`, source.available.filter(Boolean).length, second.n_kept, tolerances.exact);
    const images = Array.from({ length: features.rows }, (_, i) => i);
    compare(`${golden.name} labels`, pseudoLabels(bank, [1], images), golden.labels, tolerances.exact);
  }
}

export async function checkPseudo(cases: PseudoCases, compare: Compare): Promise<void> {
  await checkSingle(cases.single, compare);
  await checkMixed(cases.mixed, compare);
  checkShot(cases, compare);
}

export async function checkOptim({ schedule, sgd }: OptimCases, compare: Compare): Promise<void> {
  for (const { lr, max_iter, rows } of schedule) {
    for (const row of rows) {
      const rate = learningRateAt({ learningRate: lr, schedule: 'inverse' }, row.iter, max_iter);
      compare(`schedule ${String(lr)} step ${String(row.iter)}`, rate, row.lr_x1, tolerances.value);
      compare(`schedule ${String(lr)} step ${String(row.iter)} backbone`, rate * 0.1, row['lr_x0.1'], tolerances.value);
    }
  }
  for (const golden of sgd) {
    const parameter = tf.variable(tensorOf(golden.p0));
    const settings = { optimizer: 'sgd', momentum: golden.momentum, weightDecay: golden.weight_decay } as const;
    const optimizer = createOptimizer(settings, [{ name: 'p', variable: parameter, rateFactor: 1 }]);
    for (const [i, { lr, p, v }] of golden.steps.entries()) {
      const rate = { learningRate: golden.lr0, schedule: golden.scheduled ? 'inverse' : 'constant' } as const;
      const learningRate = learningRateAt(rate, i + 1, golden.max_iter);
      compare(`${golden.name} lr ${String(i + 1)}`, learningRate, lr, tolerances.value);
      stepOptimizer(optimizer, new Map([['p', tensorOf(golden.grads[i] as GoldenArray)]]), learningRate);
      compare(`${golden.name} p ${String(i + 1)}`, await parameter.data(), p.data, tolerances.parameter);
      const { slots } = await readOptimizer(optimizer);
      compare(`${golden.name} v ${String(i + 1)}`, slots['p']?.[0] ?? [], v.data, tolerances.parameter);
    }
  }
}
