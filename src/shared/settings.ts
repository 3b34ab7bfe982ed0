import { StudioError } from './failure';
import { choice, expectationOf, number, valueFromText } from './setting';
import type { Setting } from './setting';

/** Every setting of a run. Defaults are those of the preset `socket`. */
export const settingsTable = {
  seed: number('Seed', 'Same seed, same machine, same run.', 'run', 2020, 0, 4294967295, { integer: true }),
  epochs: number('Epochs', 'Passes over the target images.', 'run', 15, 1, 1000, { integer: true, unit: 'epochs' }),
  batchSize: number('Batch size', 'Target images in one step.', 'run', 32, 2, 512, { integer: true, unit: 'images' }),
  pairBatchSize: number('Pair batch size', 'Pairs in one step.', 'pairs', 32, 2, 512, { integer: true, unit: 'pairs' }),
  augmentation: choice('Augmentation', 'How training images are cut.', 'run', 'cropAndFlip', {
    cropAndFlip: 'random crop and mirror',
    none: 'centre crop',
  }),

  entropyWeight: number('Entropy', 'Makes each prediction sharp.', 'objective', 1, 0, 100, { symbol: 'ent_par' }),
  diversityWeight: number('Diversity', 'Keeps the predictions of a batch diverse.', 'objective', 1, 0, 100, {
    symbol: 'gent',
  }),
  entropyForm: choice('Entropy form', 'The logarithm of the entropy.', 'objective', 'epsilon', {
    epsilon: 'log(p + 1e-5), as SHOT and SOCKET',
    logSoftmax: 'exact log-softmax, as TENT',
  }),
  pseudoLabelWeight: number('Pseudo-labels', 'Cross-entropy against the pseudo-labels.', 'objective', 0.3, 0, 100, {
    symbol: 'cls_par',
  }),
  pairWeight: number('Pair matching', 'Pulls features of paired images together.', 'objective', 0.5, 0, 100, {
    symbol: 'lambda_TI',
  }),
  pairNorm: choice(
    'Pair matching norm',
    'How the feature differences of a batch become one number.',
    'objective',
    'frobenius',
    {
      frobenius: 'norm over the whole batch (paper code)',
      meanSquared: 'mean of squares',
      rowMean: 'mean norm of a pair',
      cosine: 'mean cosine distance',
    },
  ),
  statisticsWeight: number(
    'Statistics matching',
    'Matches batch statistics to the source model.',
    'objective',
    0.05,
    0,
    100,
    { symbol: 'lambda_d' },
  ),
  statisticsFirstFactor: number(
    'First layer factor',
    'Extra weight of the first batch-norm layer.',
    'objective',
    10,
    0,
    1000,
  ),
  statisticsGate: choice('Statistics gate', 'How sources are weighted in statistics matching.', 'objective', 'mixing', {
    mixing: 'normalised mixing weights',
    sigmoidSum: 'sum of sigmoids, trainable (released code)',
  }),
  statisticsAggregate: choice(
    'Statistics of several sources',
    'Mixed before the norm, or one norm per source.',
    'objective',
    'perLayer',
    {
      perLayer: 'mix, then norm',
      perSource: 'norm of each source',
    },
  ),
  discriminatorWeight: number('Pair discriminator', 'Adversarial pair matching.', 'objective', 0, 0, 100, {
    symbol: 'TI_disc',
  }),

  pseudoLabelRounds: choice('Pseudo-label rounds', 'Centroid rounds at each refresh.', 'pseudoLabels', '2', {
    '1': 'one soft round (released code)',
    '2': 'two rounds (SHOT)',
  }),
  pseudoLabelMetric: choice('Pseudo-label distance', 'Distance from features to centroids.', 'pseudoLabels', 'cosine', {
    cosine: 'cosine',
    euclidean: 'Euclidean',
  }),
  pseudoLabelThreshold: number(
    'Class threshold',
    'Classes with at most this many predictions get no centroid.',
    'pseudoLabels',
    0,
    0,
    10000,
    { integer: true, unit: 'images' },
  ),
  pseudoLabelView: choice('Pseudo-label view', 'Which cut of the image is labelled.', 'pseudoLabels', 'center', {
    center: 'centre crop',
    random: 'random crop and mirror (released code)',
  }),
  refreshesPerRun: number(
    'Refreshes',
    'Times the pseudo-labels are renewed in a run; 0 means once an epoch.',
    'pseudoLabels',
    0,
    0,
    1000,
    { integer: true },
  ),

  pairBatchNorm: choice('Pairs through batch norm', 'Whose statistics normalise the pairs.', 'pairs', 'joint', {
    own: 'a pass of their own (released code)',
    joint: 'one pass with the target batch',
    frozen: 'running statistics',
  }),
  pairAugmentation: choice('Pair views', 'How the two images of a pair are cut.', 'pairs', 'shared', {
    shared: 'same cut on both sides',
    independent: 'RGB cut once, target cut anew (released code)',
  }),
  pairSampling: choice('Pair sampling', 'Order of the pairs.', 'pairs', 'epoch', {
    epoch: 'every pair once before any twice',
    iid: 'an independent draw each step (released code)',
  }),

  batchNormMode: choice(
    'Batch norm while training',
    'Statistics used and updated in training steps.',
    'batchNorm',
    'train',
    {
      train: 'batch statistics, both passes update',
      targetUpdates: 'batch statistics, only target updates',
      running: 'running statistics, no update',
    },
  ),
  finalStatistics: choice('Final statistics', 'Running statistics of the adapted model.', 'batchNorm', 'running', {
    running: 'as updated while training',
    refresh: 're-estimated on the target images at the end',
  }),

  optimizer: choice('Optimizer', 'Update rule.', 'optimizer', 'sgd', {
    sgd: 'SGD with Nesterov momentum',
    adam: 'Adam',
  }),
  learningRate: number('Learning rate', 'Initial rate of the bottleneck.', 'optimizer', 0.01, 0, 10, { symbol: 'lr' }),
  backboneFactor: number(
    'Backbone factor',
    'Rate of the backbone relative to the bottleneck.',
    'optimizer',
    0.1,
    0,
    10,
    { symbol: 'lr_decay1' },
  ),
  momentum: number('Momentum', 'Momentum of SGD (beta 1 of Adam).', 'optimizer', 0.9, 0, 0.9999),
  weightDecay: number('Weight decay', 'L2 penalty on everything that trains.', 'optimizer', 0.001, 0, 1),
  schedule: choice('Schedule', 'Learning rate over the run.', 'optimizer', 'inverse', {
    inverse: '(1 + 10 t)^-0.75',
    constant: 'constant',
  }),
  trainable: choice('What trains', 'The classifier never does.', 'optimizer', 'encoder', {
    encoder: 'backbone and bottleneck',
    batchNorm: 'batch-norm scale and offset only',
  }),
  gradientClip: number(
    'Gradient clipping',
    'Largest global gradient norm; 0 means no clipping.',
    'optimizer',
    0,
    0,
    1e6,
  ),

  collapseShare: number(
    'Collapse alarm',
    'Stops when this share of the predictions falls into one class; 1 means never.',
    'safety',
    0.95,
    0.1,
    1,
  ),
} as const satisfies Record<string, Setting>;

type Table = typeof settingsTable;
export type SettingKey = keyof Table;
type ValueOf<S> = S extends { kind: 'number' }
  ? number
  : S extends { kind: 'choice'; choices: infer C }
    ? keyof C & string
    : never;
export type Settings = { readonly [K in SettingKey]: ValueOf<Table[K]> };

export const defaultSettings: Settings = Object.fromEntries(
  Object.entries(settingsTable).map(([key, setting]) => [key, setting.default]),
) as Settings;

export type PresetName = 'source-only' | 'bn-refresh' | 'tent' | 'shot' | 'socket' | 'socket-reference' | 'studio';

export interface Preset {
  readonly label: string;
  readonly help: string;
  /** `evaluate`: nothing changes. `refresh`: only running statistics. `train`: gradient steps. */
  readonly kind: 'evaluate' | 'refresh' | 'train';
  readonly settings: Partial<Settings>;
}

/** Named settings (METHOD: which choice comes from where, and what was measured). */
export const presets: Readonly<Record<PresetName, Preset>> = {
  studio: {
    label: 'Studio (recommended)',
    kind: 'train',
    help: 'Our default: SOCKET with pairs in the same pass and lighter matching. Best mean accuracy in our own measurements.',
    settings: { pairWeight: 0.1, statisticsWeight: 0.02 },
  },
  socket: {
    label: 'SOCKET',
    kind: 'train',
    help: 'The method as stated: both matching terms, mixing weights normalised, pairs joined with the target batch.',
    settings: {},
  },
  'socket-reference': {
    label: 'SOCKET, as released',
    kind: 'train',
    help: 'What the released code computes, its quirks included.',
    settings: {
      statisticsWeight: 0.5,
      statisticsGate: 'sigmoidSum',
      statisticsAggregate: 'perSource',
      pseudoLabelRounds: '1',
      pseudoLabelMetric: 'euclidean',
      pseudoLabelView: 'random',
      pairBatchNorm: 'own',
      pairAugmentation: 'independent',
      pairSampling: 'iid',
    },
  },
  shot: {
    label: 'SHOT',
    kind: 'train',
    help: 'Information maximisation and pseudo-labels, no pairs, no statistics matching.',
    settings: { pairWeight: 0, statisticsWeight: 0 },
  },
  tent: {
    label: 'TENT',
    kind: 'train',
    help: 'Entropy minimisation of the batch-norm scale and offset, one pass.',
    settings: {
      epochs: 1,
      diversityWeight: 0,
      entropyForm: 'logSoftmax',
      pseudoLabelWeight: 0,
      pairWeight: 0,
      statisticsWeight: 0,
      augmentation: 'none',
      optimizer: 'adam',
      learningRate: 0.001,
      backboneFactor: 1,
      weightDecay: 0,
      schedule: 'constant',
      trainable: 'batchNorm',
      finalStatistics: 'refresh',
    },
  },
  'bn-refresh': {
    label: 'Batch-norm refresh',
    kind: 'refresh',
    help: 'Only re-estimates the running statistics on the target images; nothing is trained.',
    settings: { pairWeight: 0, statisticsWeight: 0 },
  },
  'source-only': {
    label: 'Source only',
    kind: 'evaluate',
    help: 'The source model as it is.',
    settings: { pairWeight: 0, statisticsWeight: 0 },
  },
};

/** Settings of a preset, with overrides on top. */
export function settingsOf(preset: PresetName, overrides: Partial<Settings> = {}): Settings {
  return { ...defaultSettings, ...presets[preset].settings, ...overrides };
}

/**
 * Reads one setting from text, as given on a command line or in a form field.
 * @throws StudioError `bad-setting` that names the setting and what it takes
 */
export function parseSetting(key: string, text: string): Partial<Settings> {
  if (!Object.hasOwn(settingsTable, key)) {
    throw new StudioError({
      code: 'bad-setting',
      message: `There is no setting called "${key}".`,
      remedy: `Use one of: ${Object.keys(settingsTable).join(', ')}.`,
    });
  }
  const setting: Setting = settingsTable[key as SettingKey];
  const value = valueFromText(setting, text);
  if (value !== null) return { [key]: value };
  throw new StudioError({
    code: 'bad-setting',
    message: `"${setting.label}" (${key}) cannot be "${text}".`,
    remedy: `Give ${expectationOf(setting)}.`,
  });
}
