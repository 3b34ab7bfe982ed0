import * as tf from '@tensorflow/tfjs-core';
import { crossEntropy } from '../../method/losses/crossEntropy';
import { batchDiversity, meanEntropy } from '../../method/losses/entropy';
import { pairMatching } from '../../method/losses/pairMatching';
import { matchPerLayer, matchReleased } from '../../method/losses/statisticsMatching';
import type { LayerMoments } from '../../method/losses/statisticsMatching';
import { channelMoments } from '../../kernels/batchNorm';
import { mix, mixingOf, mixingWeights } from '../../method/mixing';
import { tolerances } from './record';
import type { Compare } from './record';
import { tensorOf } from './schema';
import type { CeCase, DmCase, DmForm, GoldenArray, ImCase, MixCase, TiCase } from './schema';

/** Value of a scalar function and its gradients in all its arguments. */
async function differentiate(
  f: (...xs: tf.Tensor[]) => tf.Scalar,
  xs: readonly tf.Tensor[],
): Promise<{ value: number; gradients: Float32Array[] }> {
  const { value, grads } = tf.valueAndGrads(f)([...xs]);
  const gradients = await Promise.all(grads.map((gradient) => gradient.data<'float32'>()));
  return { value: (await value.data())[0] ?? NaN, gradients };
}

export async function checkIm(cases: readonly ImCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const logits = tensorOf<tf.Rank.R2>(golden.logits);
    const forms = {
      entropy: (x: tf.Tensor) => meanEntropy(x as tf.Tensor2D, 'epsilon'),
      diversity: (x: tf.Tensor) => batchDiversity(x as tf.Tensor2D, 'epsilon'),
      im: (x: tf.Tensor) =>
        tf.sub<tf.Scalar>(meanEntropy(x as tf.Tensor2D, 'epsilon'), batchDiversity(x as tf.Tensor2D, 'epsilon')),
    };
    for (const name of ['entropy', 'diversity', 'im'] as const) {
      const { value, gradients } = await differentiate(forms[name], [logits]);
      compare(`${golden.name} ${name}`, value, golden[name], tolerances.value);
      compare(`${golden.name} grad_${name}`, gradients[0] ?? [], golden[`grad_${name}`].data, tolerances.gradient);
    }
    const rows = tf.split(logits, logits.shape[0]).map((row) => meanEntropy(row as tf.Tensor2D, 'epsilon'));
    compare(
      `${golden.name} entropy_per_sample`,
      await tf.stack(rows).data(),
      golden.entropy_per_sample.data,
      tolerances.value,
    );
    const softmax = tf.softmax(logits);
    compare(`${golden.name} softmax`, await softmax.data(), golden.softmax.data, tolerances.value);
    compare(
      `${golden.name} mean_softmax`,
      await tf.mean(softmax, 0).data(),
      golden.mean_softmax.data,
      tolerances.value,
    );
  }
}

export async function checkCe(cases: readonly CeCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const labels = tf.tensor1d([...golden.labels], 'int32');
    for (const { epsilon, loss, grad } of golden.smoothing) {
      const { value, gradients } = await differentiate(
        (x) => crossEntropy(x as tf.Tensor2D, labels, epsilon),
        [tensorOf(golden.logits)],
      );
      compare(`${golden.name} ${String(epsilon)}`, value, loss, tolerances.value);
      compare(`${golden.name} ${String(epsilon)} grad`, gradients[0] ?? [], grad.data, tolerances.gradient);
    }
  }
}

export async function checkTi(cases: readonly TiCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const index = tf.tensor1d([...golden.index], 'int32');
    const source = golden.source_features.map((features) => tf.gather(tensorOf<tf.Rank.R2>(features), index));
    const raw = tf.tensor1d([...golden.w]);
    const weights = mixingWeights(raw, 'released');
    compare(`${golden.name} weights`, await weights.data(), golden.weights.data, tolerances.value);
    const target = golden.target_features.map((features) => tensorOf<tf.Rank.R2>(features));
    const difference = tf.sub(mix(source, weights), mix(target, weights));
    compare(
      `${golden.name} mixed_difference`,
      await difference.data(),
      golden.mixed_difference.data,
      tolerances.gradient,
    );
    const { value, gradients } = await differentiate(
      (w, ...features) =>
        pairMatching(source, features as tf.Tensor2D[], mixingWeights(w as tf.Tensor1D, 'released'), 'frobenius'),
      [raw, ...target],
    );
    compare(`${golden.name} loss`, value, golden.loss, tolerances.value);
    compare(`${golden.name} grad_w`, gradients[0] ?? [], golden.grad_w, tolerances.gradient);
    golden.grad_target_features.forEach((expected, k) => {
      compare(`${golden.name} grad of source ${String(k)}`, gradients[k + 1] ?? [], expected.data, tolerances.gradient);
    });
  }
}

type Matching = (target: LayerMoments, source: LayerMoments, raw: tf.Tensor1D) => tf.Scalar;

const matchings: Readonly<Record<'official' | 'mixed_unnormalised' | 'mixed_normalised', Matching>> = {
  official: (target, source, raw) => matchReleased(target, source, raw, 10),
  mixed_unnormalised: (target, source, raw) => matchPerLayer(target, source, tf.sigmoid(raw), 10),
  mixed_normalised: (target, source, raw) => matchPerLayer(target, source, mixingWeights(raw, 'released'), 10),
};

/** Rows of `[source][layer]` inputs in one list, and back. */
function momentsOf(inputs: readonly tf.Tensor[], layersPerSource: readonly number[]): LayerMoments {
  let at = 0;
  return layersPerSource.map((layers) => inputs.slice(at, (at += layers)).map((x) => channelMoments(x, x.shape[0])));
}

async function checkLayers(golden: DmCase, name: keyof typeof matchings, compare: Compare): Promise<void> {
  const form: DmForm = golden[name];
  const raw = tf.tensor1d([...golden.w]);
  const storedOf = (k: number, l: number) => ({
    mean: tensorOf<tf.Rank.R1>(golden.source_mean[k]?.[l] as GoldenArray),
    variance: tensorOf<tf.Rank.R1>(golden.source_var[k]?.[l] as GoldenArray),
  });
  const seenOf = (k: number, l: number) => ({
    mean: tensorOf<tf.Rank.R1>(golden.target_mean[k]?.[l] as GoldenArray),
    variance: tensorOf<tf.Rank.R1>(golden.target_var[k]?.[l] as GoldenArray),
  });
  for (const [index, { source, layer = index, multiplier, mean_norm, var_norm, term }] of form.layers.entries()) {
    const sources = source === undefined ? golden.inputs.map((_, k) => k) : [source];
    const seen = sources.map((k) => [seenOf(k, layer)]);
    const stored = sources.map((k) => [storedOf(k, layer)]);
    const equalMeans = sources.map((k) => [{ mean: storedOf(k, layer).mean, variance: seenOf(k, layer).variance }]);
    const equalVariances = sources.map((k) => [{ mean: seenOf(k, layer).mean, variance: storedOf(k, layer).variance }]);
    const gate = tf.sum(tf.sigmoid(raw));
    const value = async (target: LayerMoments, factor: number): Promise<number> => {
      const weights = name === 'mixed_normalised' ? mixingWeights(raw, 'released') : tf.sigmoid(raw);
      const matched =
        name === 'official'
          ? matchPerLayer(target, stored, tf.reshape(gate, [1]), factor)
          : matchPerLayer(target, stored, weights, factor);
      return (await matched.data())[0] ?? NaN;
    };
    const at = `${golden.name} ${name} source ${String(source ?? 'all')} layer ${String(layer)}`;
    compare(`${at} mean_norm`, await value(equalVariances, 1), mean_norm, tolerances.value);
    compare(`${at} var_norm`, await value(equalMeans, 1), var_norm, tolerances.value);
    compare(`${at} term`, await value(seen, multiplier), term, tolerances.value);
  }
}

export async function checkDm(cases: readonly DmCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const layersPerSource = golden.inputs.map((layers) => layers.length);
    const inputs = golden.inputs.flat().map((x) => tensorOf(x));
    const stored = golden.source_mean.map((layers, k) =>
      layers.map((mean, l) => ({
        mean: tensorOf<tf.Rank.R1>(mean),
        variance: tensorOf<tf.Rank.R1>(golden.source_var[k]?.[l] as GoldenArray),
      })),
    );
    const seen = momentsOf(inputs, layersPerSource);
    for (const [k, layers] of seen.entries()) {
      for (const [l, { mean, variance }] of layers.entries()) {
        const at = `${golden.name} source ${String(k)} layer ${String(l)}`;
        compare(`${at} mean`, await mean.data(), golden.target_mean[k]?.[l]?.data ?? [], tolerances.gradient);
        compare(`${at} variance`, await variance.data(), golden.target_var[k]?.[l]?.data ?? [], tolerances.gradient);
      }
    }
    for (const name of ['official', 'mixed_unnormalised', 'mixed_normalised'] as const) {
      const { value, gradients } = await differentiate(
        (raw, ...xs) => matchings[name](momentsOf(xs, layersPerSource), stored, raw as tf.Tensor1D),
        [tf.tensor1d([...golden.w]), ...inputs],
      );
      compare(`${golden.name} ${name} loss`, value, golden[name].loss, tolerances.value);
      compare(`${golden.name} ${name} grad_w`, gradients[0] ?? [], golden[name].grad_w, tolerances.value);
      golden[name].grad_inputs.flat().forEach((expected, at) => {
        compare(
          `${golden.name} ${name} grad ${String(at)}`,
          gradients[at + 1] ?? [],
          expected.data,
          tolerances.gradient,
        );
      });
      await checkLayers(golden, name, compare);
    }
  }
}

export async function checkMix(cases: readonly MixCase[], compare: Compare): Promise<void> {
  for (const golden of cases) {
    const raw = tf.tensor1d([...golden.w]);
    const logits = golden.logits.map((x) => tensorOf<tf.Rank.R2>(x));
    const weights = mixingWeights(raw, 'released');
    compare(`${golden.name} sigmoid`, await tf.sigmoid(raw).data(), golden.sigmoid, tolerances.value);
    compare(`${golden.name} weights`, await weights.data(), golden.weights.data, tolerances.value);
    compare(`${golden.name} plain weights`, mixingOf(golden.w, 'released'), golden.weights.data, tolerances.value);
    compare(`${golden.name} aggregated`, await mix(logits, weights).data(), golden.aggregated.data, tolerances.value);
    const { value, gradients } = await differentiate(
      (w, ...xs) => {
        const mixed = mix(xs as tf.Tensor2D[], mixingWeights(w as tf.Tensor1D, 'released'));
        return tf.sub(meanEntropy(mixed, 'epsilon'), batchDiversity(mixed, 'epsilon'));
      },
      [raw, ...logits],
    );
    compare(`${golden.name} im`, value, golden.im, tolerances.value);
    compare(`${golden.name} grad_w`, gradients[0] ?? [], golden.grad_w, tolerances.gradient);
    golden.grad_logits.forEach((expected, k) => {
      compare(`${golden.name} grad_logits ${String(k)}`, gradients[k + 1] ?? [], expected.data, tolerances.gradient);
    });
  }
}
