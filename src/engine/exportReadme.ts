import type { Journal, SavedState } from './journal';
import { resizeOf } from './imageSets';
import type { SourceModel } from './project';

const percent = (accuracy: number | null | undefined): string =>
  accuracy === null || accuracy === undefined ? 'not measured (no labels)' : `${(accuracy * 100).toFixed(1)} %`;

/** The exported head is the one that the model came with. */
const endsInSoftmax = (model: SourceModel | undefined): boolean =>
  model?.spec.nodes.some(({ op }) => op === 'softmax') ?? false;

/** What lies beside an exported model, in words. */
export function readmeOf(
  { subject, evaluations }: Journal,
  good: SavedState,
  check: { readonly maxLogitDifference: number; readonly imagesCompared: number },
): string {
  const { models, preset, settings, classes } = subject;
  const [model] = models;
  const several = models.length > 1;
  const { mean = [0, 0, 0], std = [1, 1, 1] } = model?.preprocessing ?? {};
  const list = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(6))).join(', ');
  const lines = [
    'Adapted image classifier, made with SOCKET Studio',
    '',
    several
      ? 'combined/model.json   all source models in one, mixed. source-N/model.json are the single ones, mixing.json their weights.'
      : 'model.json            the model; weights.bin belongs to it.',
    'run-record.json       settings, figures and fingerprints of the run.',
    '',
    `Load it with TensorFlow.js: await tf.loadLayersModel('${several ? 'combined/' : ''}model.json')`,
    `Input: RGB, resized to ${model ? resizeOf(model).join(' x ') : ''}, cut at the centre to the input size of the model, each value v in 0..255 as`,
    `(v / 255 - mean) / std with mean ${list(mean)} and std ${list(std)}. Single-channel images: the same value three times.`,
    `Output: ${several || endsInSoftmax(model) ? 'probabilities' : 'logits (apply softmax for probabilities)'} of ${classes.join(', ')}.`,
    '',
    `Preset ${preset}, seed ${settings.seed}, state after step ${good.step}.`,
    `Accuracy: source only ${percent(evaluations.sourceOnly?.accuracy)}, batch-norm refresh ${percent(evaluations.bnRefresh?.accuracy)}, adapted ${percent(evaluations.adapted?.accuracy)}.`,
    `Check: read back, the files gave the studio's logits on ${check.imagesCompared} target images, largest difference ${check.maxLogitDifference.toPrecision(2)}.`,
  ];
  return `${lines.join('\n')}\n`;
}
