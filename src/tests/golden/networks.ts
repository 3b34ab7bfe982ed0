import * as tf from '@tensorflow/tfjs-core';
import { observeImages } from '../../method/evaluate';
import { createLearner, disposeLearner } from '../../method/learner';
import type { Learner } from '../../method/learner';
import { mixingOf } from '../../method/mixing';
import { buildBank, pseudoLabels } from '../../method/pseudoLabels';
import type { PseudoLabelBank } from '../../method/pseudoLabels';
import { learningRateAt } from '../../method/schedule';
import { createSourceOptimizer, sourceStep } from '../../method/sourceTraining';
import { stepOptimizer } from '../../method/optimizer';
import { readStored } from '../../method/statistics';
import { applyGradients, computeGradients, disposeGradients } from '../../method/step';
import type { StepBatch, StepGradients } from '../../method/step';
import { createNetwork, disposeNetwork, readWeights } from '../../networks/network';
import type { Network } from '../../networks/network';
import { centerView } from '../../shared/imageSet';
import type { ImageRequest, ImageSet } from '../../shared/imageSet';
import { settingsOf } from '../../shared/settings';
import type { Settings } from '../../shared/settings';
import { goldenNetwork } from '../goldenNetwork';
import type { GoldenWeights } from '../goldenNetwork';
import { tolerances } from './record';
import type { Compare } from './record';
import { tensorOf } from './schema';
import type { GoldenArray, NetCase, NetShotCase, NetSourceCase, NetStep, Trace } from './schema';

/** Images `[count, height, width, channels]` as they are; views do nothing. */
export function imagesOf({ shape, data }: GoldenArray): ImageSet {
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  const size = height * width * channels;
  const read = (requests: readonly ImageRequest[]): Promise<Float32Array> =>
    Promise.resolve(Float32Array.from(requests.flatMap(({ index }) => data.slice(index * size, (index + 1) * size))));
  return { count, shape: [height, width, channels], read };
}

function openNetworks(net: readonly GoldenWeights[], images: GoldenArray, strides?: readonly [number, number]): Network[] {
  return net.map((values) => {
    const { spec, weights } = goldenNetwork(values, images.shape.slice(1) as [number, number, number], strides);
    return createNetwork(spec, weights);
  });
}

const centered = (count: number): ImageRequest[] => Array.from({ length: count }, (_, index) => ({ index, view: centerView }));

const startOf = (raw: readonly number[]) => ({ raw, discriminator: null });

/** Names of the golden files: `0.F.conv1.weight`, `0.G.w`. Ours: `0/F.conv1.weight`, and one `mixing` for all sources. */
async function readNamed(learner: Learner, of: (name: string) => tf.Tensor | undefined, name: string): Promise<ArrayLike<number>> {
  const [source = '0', ...rest] = name.split('.');
  if (rest.join('.') !== 'G.w') return (await of(`${source}/${rest.join('.')}`)?.data<'float32'>()) ?? [];
  const all = (await of('mixing')?.data<'float32'>()) ?? new Float32Array(learner.networks.length);
  return [all[Number(source)] ?? NaN];
}

const normOf = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));

/** Gradients against the golden ones: norms at every step, all entries where they are given. */
async function compareGradients(learner: Learner, step: StepGradients, golden: NetStep, at: string, compare: Compare): Promise<void> {
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

function compareRates(settings: Settings, step: number, steps: number, golden: NetStep, at: string, compare: Compare): void {
  const rate = learningRateAt(settings, step, steps);
  for (const [name, expected] of Object.entries(golden.lr)) {
    const factor = name.split('.')[1] === 'F' ? settings.backboneFactor : 1;
    compare(`${at} rate of ${name}`, rate * factor, expected, tolerances.value);
  }
}

/** Statistics matching of a step's forward pass, also where its weight is 0. */
async function matchingOf(learner: Learner, batch: StepBatch): Promise<number> {
  const settings = { ...learner.settings, statisticsWeight: 1 };
  const step = await computeGradients({ ...learner, settings, active: ['statistics'] }, { ...batch, pairs: null }, true);
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
    if (golden.step === 1 && check.labels) compare(`${at} pseudo-labels`, batch.pseudoLabels ?? [], check.labels, tolerances.exact);
    const wantsMatching = golden.terms['distribution'] !== undefined && !learner.active.includes('statistics');
    if (wantsMatching) compare(`${at} distribution`, await matchingOf(learner, batch), golden.terms['distribution'] ?? NaN, tolerances.value);
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
    compare(`${golden.name} layers`, layers, golden.net.map(() => golden.dm_layers_per_source), tolerances.exact);
    const sourceFeatures = sourceSide.map(({ features }) => {
      const rows = tf.tensor2d(Float32Array.from(features.values), [features.rows, features.columns]);
      return tf.gather(rows, tf.tensor1d([...golden.ti_index], 'int32'));
    });
    const pairs = config.lambda_TI > 0 ? { target: tensorOf<tf.Rank.R4>(golden.ti_target), sourceFeatures } : null;
    const target = tensorOf<tf.Rank.R4>(golden.target);
    const batchOf = (mixing: readonly number[]): StepBatch => ({
      target,
      pairs,
      pseudoLabels: pseudoLabels(bank, mixing, Array.from({ length: count }, (_, i) => i)),
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
    const labels = pseudoLabels(bank, [1], Array.from({ length: count }, (_, i) => i));
    const batchOf = (): StepBatch => ({ target, pairs: null, pseudoLabels: labels });
    await runSteps(learner, golden.steps, batchOf, { name: golden.name, labels: golden.pseudo_labels }, compare);
    disposeLearner(learner);
    networks.forEach(disposeNetwork);
  }
}

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
            compare(`${at} norm of ${name}`, normOf(values as Float32Array), norm, tolerances.networkGradient);
            const full = step.grad?.[name];
            if (full) compare(`${at} gradient of ${name}`, values as Float32Array, full.data, tolerances.networkGradient);
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

/** From PyTorch's layout to ours: OIHW -> HWIO, NCHW -> NHWC, `[out, in]` -> `[in, out]`, gain `[out, 1]` -> `[out]`. */
function fromTorch({ shape, data }: GoldenArray, order: readonly number[]): GoldenArray {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const moved = order.map((axis) => ({ size: shape[axis] ?? 1, stride: strides[axis] ?? 1 }));
  const offsets = moved.reduce<number[]>(
    (starts, { size, stride }) => starts.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * stride)),
    [0],
  );
  return { shape: moved.map(({ size }) => size), data: offsets.map((offset) => data[offset] ?? NaN) };
}

const kernelOrder = [2, 3, 1, 0];
const imageOrder = [0, 2, 3, 1];

function traceWeights({ F, B, C }: Trace['init'][number]): GoldenWeights {
  const named = Object.entries({ F, B, C }).flatMap(([part, weights]) =>
    Object.entries(weights)
      .filter(([name]) => !name.endsWith('num_batches_tracked'))
      .map(([name, array]): [string, GoldenArray] => {
        if (array.shape.length === 4) return [`${part}.${name}`, fromTorch(array, kernelOrder)];
        if (name === 'fc.weight_g') return [`${part}.${name}`, { shape: [array.data.length], data: array.data }];
        if (array.shape.length === 2) return [`${part}.${name}`, fromTorch(array, [1, 0])];
        return [`${part}.${name}`, array];
      }),
  );
  return Object.fromEntries(named);
}

/** Names of a trace's `after` values, and how each is laid out there. */
const traceNames: Readonly<Record<string, readonly [string, (shape: readonly number[]) => readonly number[] | null]>> = {
  conv1: ['F.conv1.weight', ([h = 0, w = 0, i = 0, o = 0]) => [o, i, h, w]],
  bn1_weight: ['F.bn1.weight', () => null],
  bn1_bias: ['F.bn1.bias', () => null],
  bn1_rm: ['F.bn1.running_mean', () => null],
  bn1_rv: ['F.bn1.running_var', () => null],
  conv2: ['F.conv2.weight', ([h = 0, w = 0, i = 0, o = 0]) => [o, i, h, w]],
  bn2_rm: ['F.bn2.running_mean', () => null],
  bn2_rv: ['F.bn2.running_var', () => null],
  bott_w: ['B.bottleneck.weight', ([i = 0, o = 0]) => [o, i]],
  bott_b: ['B.bottleneck.bias', () => null],
  bbn_w: ['B.bn.weight', () => null],
  bbn_rm: ['B.bn.running_mean', () => null],
  bbn_rv: ['B.bn.running_var', () => null],
};

async function compareAfter(networks: readonly Network[], after: Trace['iterations'][number]['after'], at: string, compare: Compare): Promise<void> {
  for (const [k, values] of after.entries()) {
    const network = networks[k];
    if (!network) throw new Error(`${at} has more sources than the trace starts with.`);
    const weights = await readWeights(network);
    for (const [name, data] of Object.entries(values)) {
      const [own, torchShape] = traceNames[name] ?? [name, () => null];
      const shape = network.parameters.get(own)?.shape ?? [];
      const layout = torchShape(shape);
      const expected = layout ? fromTorch({ shape: layout, data }, layout.length === 4 ? kernelOrder : [1, 0]).data : data;
      compare(`${at} ${String(k)} ${own}`, weights.get(own) ?? [], expected, tolerances.parameter);
    }
  }
}

/** The traces were recorded in float32, from losses printed in full: losses agree to 4e-6 absolute at best. */
export async function checkTrace(golden: Trace, compare: Compare): Promise<void> {
  const { config, inputs } = golden;
  const settings = settingsOf('socket-reference', {
    learningRate: config.lr,
    backboneFactor: config.lr_decay1,
    batchSize: config.batch,
    pairBatchSize: config.batch,
    epochs: config.max_epoch,
    pseudoLabelWeight: config.cls_par,
    entropyWeight: config.ent_par,
    diversityWeight: config.ent_par,
    statisticsWeight: config.lambda_d,
    pairWeight: config.lambda_TI,
  });
  const target = fromTorch(inputs.target, imageOrder);
  const pairTarget = fromTorch(inputs.ti_target, imageOrder);
  const networks = openNetworks(golden.init.map(traceWeights), target, [1, 2]);
  const images = imagesOf(target);
  const pairSource = imagesOf(fromTorch(inputs.ti_source, imageOrder));
  const sourceSide = await observeImages(networks, pairSource, centered(pairSource.count), config.batch);
  sourceSide.forEach(({ features }, k) => {
    const expected = golden.ti_source_features[k]?.data ?? [];
    compare(`pair features ${String(k)}`, features.values, expected, tolerances.value);
  });
  const learner = createLearner(networks, settings, await Promise.all(networks.map(readStored)), startOf(networks.map(() => 1)));
  const steps = golden.iterations.length;
  let bank: PseudoLabelBank | undefined;
  for (const [i, iteration] of golden.iterations.entries()) {
    const at = `step ${String(i + 1)}`;
    const mixing = mixingOf([...(await learner.raw.data<'float32'>())], learner.mixingForm);
    compare(`${at} mixing`, mixing, iteration.alpha_mean, tolerances.value);
    if (!bank || i % Math.floor(steps / config.interval) === 0) {
      bank = buildBank(await observeImages(networks, images, centered(images.count), config.batch), settings);
    }
    iteration.centroids.forEach((expected, k) => {
      compare(`${at} centroids ${String(k)}`, bank?.sources[k]?.centroids.values ?? [], expected, tolerances.gradient);
    });
    const labels = pseudoLabels(bank, mixing, iteration.tar_idx);
    compare(`${at} pseudo-labels`, labels, iteration.pseudo, tolerances.exact);
    const rows = async (set: GoldenArray, indices: readonly number[]): Promise<tf.Tensor4D> =>
      tf.tensor4d(await imagesOf(set).read(indices.map((index) => ({ index, view: centerView }))), [indices.length, ...images.shape]);
    const sourceFeatures = sourceSide.map(({ features }) => {
      const all = tf.tensor2d(Float32Array.from(features.values), [features.rows, features.columns]);
      return tf.gather(all, tf.tensor1d([...iteration.ti_idx], 'int32'));
    });
    const pairs = { target: await rows(pairTarget, iteration.ti_idx), sourceFeatures };
    const step = await computeGradients(learner, { target: await rows(target, iteration.tar_idx), pseudoLabels: labels, pairs });
    const { terms: values } = step;
    compare(`${at} logits`, await step.logits.data(), iteration.logits, tolerances.value);
    compare(`${at} ce`, values.pseudoLabel, iteration.ce, tolerances.value);
    compare(`${at} im`, values.entropy - values.diversity, iteration.im, tolerances.value);
    compare(`${at} statistics`, values.statistics, iteration.Ld, tolerances.value);
    compare(`${at} pairs`, values.pairs, iteration.LTI, tolerances.value);
    compare(`${at} total`, values.total, iteration.total, tolerances.value);
    const rate = learningRateAt(settings, i + 1, steps);
    compare(`${at} rates`, [rate * settings.backboneFactor, rate], iteration.lr, tolerances.value);
    applyGradients(learner, step, rate);
    disposeGradients(step);
    compare(`${at} w`, await learner.raw.data(), iteration.w, tolerances.parameter);
    await compareAfter(networks, iteration.after, at, compare);
  }
  disposeLearner(learner);
  networks.forEach(disposeNetwork);
}
