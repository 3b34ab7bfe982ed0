import * as tf from '@tensorflow/tfjs-core';
import { observeImages } from '../../method/evaluate';
import { createLearner, disposeLearner } from '../../method/learner';
import { mixingOf } from '../../method/mixing';
import { buildBank, pseudoLabels } from '../../method/pseudoLabels';
import type { PseudoLabelBank } from '../../method/pseudoLabels';
import { learningRateAt } from '../../method/schedule';
import { readStored } from '../../method/statistics';
import { applyGradients, computeGradients, disposeGradients } from '../../method/step';
import { disposeNetwork, readWeights } from '../../networks/network';
import type { Network } from '../../networks/network';
import { centerView } from '../../shared/imageSet';
import { settingsOf } from '../../shared/settings';
import { centered, imagesOf, openNetworks, startOf } from './opening';
import { tolerances } from './record';
import type { Compare } from './record';
import type { GoldenArray, GoldenWeights, Trace } from './schema';

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
const traceNames: Readonly<Record<string, readonly [string, (shape: readonly number[]) => readonly number[] | null]>> =
  {
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

async function compareAfter(
  networks: readonly Network[],
  after: Trace['iterations'][number]['after'],
  at: string,
  compare: Compare,
): Promise<void> {
  for (const [k, values] of after.entries()) {
    const network = networks[k];
    if (!network) throw new Error(`${at} has more sources than the trace starts with.`);
    const weights = await readWeights(network);
    for (const [name, data] of Object.entries(values)) {
      const [own, torchShape] = traceNames[name] ?? [name, () => null];
      const shape = network.parameters.get(own)?.shape ?? [];
      const layout = torchShape(shape);
      const expected = layout
        ? fromTorch({ shape: layout, data }, layout.length === 4 ? kernelOrder : [1, 0]).data
        : data;
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
  const learner = createLearner(
    networks,
    settings,
    await Promise.all(networks.map(readStored)),
    startOf(networks.map(() => 1)),
  );
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
      tf.tensor4d(await imagesOf(set).read(indices.map((index) => ({ index, view: centerView }))), [
        indices.length,
        ...images.shape,
      ]);
    const sourceFeatures = sourceSide.map(({ features }) => {
      const all = tf.tensor2d(Float32Array.from(features.values), [features.rows, features.columns]);
      return tf.gather(all, tf.tensor1d([...iteration.ti_idx], 'int32'));
    });
    const pairs = { target: await rows(pairTarget, iteration.ti_idx), sourceFeatures };
    const step = await computeGradients(learner, {
      target: await rows(target, iteration.tar_idx),
      pseudoLabels: tf.tensor1d(labels, 'int32'),
      pairs,
    });
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
