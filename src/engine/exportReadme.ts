import { outputKindOf, type OutputKind } from '../formats/models/modelPart';
import type { ExportForm } from '../shared/exportForm';
import type { PairRule } from '../shared/pairs';
import { contentsInWords, isChannelsFirst, loadingInWords } from './exportLoading';
import { recipeInWords } from './exportRecipe';
import { inputShapeOf, resizeOf } from './imageSets';
import type { Journal, RunSubject, SavedState } from './journal';

const percent = (accuracy: number | null | undefined): string =>
  accuracy === null || accuracy === undefined ? 'not measured (no labels)' : `${(accuracy * 100).toFixed(1)} %`;

/** How the download was made and checked. */
export interface ExportCheck {
  readonly form: ExportForm;
  readonly maxLogitDifference: number;
  readonly imagesCompared: number;
  readonly losses: readonly string[];
}

const outputWords: Readonly<Record<OutputKind, string>> = {
  logits: 'logits (apply softmax for probabilities)',
  probabilities: 'probabilities',
  log_probabilities: 'logarithms of probabilities',
};

function ruleInWords(rule: PairRule): string {
  if (rule.kind === 'pattern') return `by the groups of ${rule.rgb} in RGB paths and of ${rule.target} in target paths`;
  return { stem: 'by file name', index: 'in order of their paths', dataset: 'as the dataset names them' }[rule.kind];
}

/** How the pairs of the run were found. */
const pairsInWords = ({ pairing }: RunSubject): string =>
  pairing === null ? 'Pairs: none.' : `Pairs: ${pairing.matches.length}, matched ${ruleInWords(pairing.rule)}.`;

function preprocessingInWords(subject: RunSubject, form: ExportForm): string[] {
  const { models, folders } = subject;
  const [model] = models;
  const [target] = folders;
  const { mean = [0, 0, 0], std = [1, 1, 1] } = model?.preprocessing ?? {};
  const [height = 0, width = 0, channels = 0] = model ? inputShapeOf(model) : [];
  const list = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(6))).join(', ');
  const isFirst = isChannelsFirst(subject, form);
  const shape = isFirst === true ? [channels, height, width] : [height, width, channels];
  const order = isFirst === true ? 'channels, height, width' : 'height, width, channels';
  return [
    ...(target && model ? recipeInWords(target.recipe, resizeOf(model)) : []),
    `Cut the centre of ${height} x ${width}: floor((larger - smaller) / 2) pixels away on the left and at the top.`,
    `Normalise each value v in 0..1 as (v - mean) / std with mean ${list(mean)} and std ${list(std)}.`,
    channels === 3
      ? 'A single channel is repeated for red, green and blue.'
      : 'Three channels become one: 0.299 red + 0.587 green + 0.114 blue, before the normalisation.',
    isFirst === null
      ? "Give it as float32 in the shape that the model's input states, with the batch first."
      : `Give it as float32 [batch, ${shape.join(', ')}], which is batch, ${order}.`,
  ].map((step, at) => `${at + 1}. ${step}`);
}

/** What lies beside an exported model, in words. */
export function readmeOf({ subject, evaluations }: Journal, good: SavedState, check: ExportCheck): string {
  const { models, preset, settings, classes } = subject;
  const [model] = models;
  const { form } = check;
  const isCombined = models.length > 1 && form === 'layersModel';
  const kind = isCombined || !model ? 'probabilities' : outputKindOf(model.spec);
  const lines = [
    'Adapted image classifier, made with SOCKET Studio',
    '',
    ...contentsInWords(subject, form),
    'run-record.json       settings, figures and fingerprints of the run.',
    '',
    'How to load it:',
    ...loadingInWords(subject, form),
    '',
    'How an image of the new camera becomes input of the model:',
    ...preprocessingInWords(subject, form),
    '',
    `Output: ${outputWords[kind]} of ${classes.join(', ')}.`,
    '',
    `Preset ${preset}, seed ${settings.seed}, state after step ${good.step}.`,
    pairsInWords(subject),
    `Accuracy: source only ${percent(evaluations.sourceOnly?.accuracy)}, batch-norm refresh ${percent(evaluations.bnRefresh?.accuracy)}, adapted ${percent(evaluations.adapted?.accuracy)}.`,
    `Check: read back, the files gave the studio's logits on ${check.imagesCompared} target images, largest difference ${check.maxLogitDifference.toPrecision(2)}.`,
    ...check.losses,
  ];
  return `${lines.join('\n')}\n`;
}
