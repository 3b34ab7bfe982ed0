import { plainRecipe } from '../shared/recipe';
import type { Engine } from '../app/state/engine';
import type { ModelSummary } from '../shared/modelSummary';
import type { FolderSummary, ImageRole, Picture } from '../shared/images';
import type {
  Args,
  CommandName,
  EngineEvent,
  EngineSummary,
  Evaluation,
  LayerDrift,
  Moment,
  ProjectSummary,
  Result,
} from '../shared/protocol';
import { stepColumns } from '../shared/protocol';
import { folderAnswers } from './scriptedFolders';

/** An engine for tests of the page: answers are given, events are sent by the test. */
export interface ScriptedEngine extends Engine {
  emit(event: EngineEvent): void;
  /** Commands in the order in which they came. */
  readonly asked: { readonly command: CommandName; readonly args: unknown }[];
}

type Answers = { readonly [C in CommandName]?: (args: Args<C>) => Result<C> };

export function createScriptedEngine(answers: Answers = {}): ScriptedEngine {
  const listeners = new Set<(event: EngineEvent) => void>();
  const asked: ScriptedEngine['asked'] = [];
  const all: Answers = { ...usualAnswers, ...folderAnswers, ...answers };
  return {
    asked,
    call(command, args) {
      asked.push({ command, args });
      const answer = all[command];
      if (answer === undefined) return Promise.reject(new Error(`No answer is scripted for ${command}.`));
      return new Promise((resolve) => {
        resolve(answer(args));
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit(event) {
      listeners.forEach((listener) => {
        listener(event);
      });
    },
  };
}

export const scriptedSummary: EngineSummary = {
  backend: 'wasm',
  choice: 'auto',
  adapter: 'WebAssembly (SIMD)',
  softwareAdapter: true,
  webgpuAvailable: true,
  kernels: null,
  reason: 'because the only GPU here is simulated in software',
  versions: { tfjs: '4.22.0' },
};

const classes = ['bottle', 'bowl', 'can', 'cup', 'box', 'ball'];

const layerNames = [
  'stem_bn',
  ...[1, 2, 3, 4].flatMap((block) => [`block${String(block)}_bn1`, `block${String(block)}_bn2`]),
  'bottleneck_bn',
];

const scriptedModel: ModelSummary = {
  modelId: 1,
  name: 'tabletop-rgb',
  openSides: false,
  format: 'TensorFlow.js layers model',
  inputShape: [64, 64, 3],
  classCount: classes.length,
  classes,
  classesFrom: 'file',
  parameterCount: 176_390,
  layers: layerNames.map((name, at) => ({
    name,
    op: 'batchNorm',
    outputShape: [32, 32, 16 * (at + 1)],
    parameters: 64 * (at + 1),
  })),
  batchNormLayers: layerNames.map((name, at) => ({ name, channels: 16 * (at + 1), spatial: at < 9 })),
  features: 'bottleneck_relu',
  featureCount: 64,
  classifier: 'classifier',
  bottleneck: ['bottleneck', 'bottleneck_bn'],
  preprocessing: {
    preset: 'imagenet',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    origin: 'guess',
    scores: [
      { preset: 'imagenet', score: 0.042 },
      { preset: '0to1', score: 0.31 },
      { preset: 'minus1to1', score: 0.52 },
      { preset: '0to255', score: 5.1 },
    ],
  },
  notes: [],
  sizeBytes: 712_000,
  fingerprint: '5f0c2a9be1d34c77a1',
};

export function scriptedFolder(role: ImageRole, extra: Partial<FolderSummary> = {}): FolderSummary {
  const colour = role === 'pairsRgb';
  return {
    role,
    name: colour ? 'pairs-rgb' : `tabletop-${role}`,
    usable: 240,
    measured: 240,
    skippedCount: 0,
    skipped: [],
    saturated: 0,
    turned: 0,
    suggestedRecipe: plainRecipe,
    change: null,
    classes: role === 'test' ? classes.map((name) => ({ name, count: 40 })) : null,
    sizes: [{ width: 72, height: 72, count: 240 }],
    bitDepths: [colour ? 8 : 16],
    channels: [colour ? 3 : 1],
    valueRange: colour ? [0, 255] : [0, 2140],
    holes: colour ? 0 : 0.061,
    recipe: { ...plainRecipe, scaling: colour ? { kind: 'full' } : { kind: 'minMax' }, holes: 'keep', eightBit: false },
    recipeReason: colour
      ? 'Full range of 8 bits.'
      : 'Only 3 % of the 16-bit range is used, so each image is stretched.',
    warnings: [],
    fingerprint: `print-${role}`,
    ...extra,
  };
}

export const scriptedProject: ProjectSummary = {
  models: [scriptedModel],
  folders: {
    target: scriptedFolder('target'),
    pairsRgb: scriptedFolder('pairsRgb'),
    pairsTarget: scriptedFolder('pairsTarget'),
    test: scriptedFolder('test'),
  },
  pairs: {
    rule: { kind: 'stem' },
    matched: 238,
    unmatchedRgbCount: 2,
    unmatchedTargetCount: 0,
    unmatchedRgb: ['scene-0007.png', 'scene-0100.png'],
    unmatchedTarget: [],
    ambiguousCount: 0,
    ambiguous: [],
    examples: [],
  },
  blockers: [],
  isDemo: true,
};

function scriptedPicture(size: number, hue: number): Picture {
  const rgba = new Uint8ClampedArray(size * size * 4);
  for (let at = 0; at < size * size; at += 1) {
    const [x, y] = [(at % size) / size - 0.5, Math.floor(at / size) / size - 0.5];
    const inside = Math.hypot(x, y + 0.05) < 0.28;
    const level = inside ? 210 - 260 * Math.hypot(x - 0.1, y) : 60 + 70 * (y + 0.5);
    rgba.set([level, level * (hue % 2 === 0 ? 1 : 0.7), level * (hue % 3 === 0 ? 1 : 0.6), 255], at * 4);
  }
  return { width: size, height: size, rgba };
}

const usualAnswers: Answers = {
  'project/demo': () => scriptedProject,
  'project/reset': () => ({ ...scriptedProject, models: [], folders: {}, pairs: null, isDemo: false }),
  'engine/select': ({ choice }) => ({ ...scriptedSummary, choice }),
  'run/plan': ({ settings }) => ({
    steps: settings.epochs * 8,
    stepsPerEpoch: 8,
    targetImages: 240,
    pairs: 238,
    labelled: true,
    classes,
    formats: [scriptedModel.format],
  }),
  'run/start': ({ settings }) => ({
    runId: 1,
    plan: {
      steps: settings.epochs * 8,
      stepsPerEpoch: 8,
      targetImages: 240,
      pairs: 238,
      labelled: true,
      classes,
      formats: [scriptedModel.format],
    },
  }),
  'run/pause': () => undefined,
  'run/resume': () => undefined,
  'run/stop': () => undefined,
  'images/thumbnails': ({ indices, size }) => indices.map((index) => scriptedPicture(size, index)),
  'images/preview': ({ index }) => ({
    path: `scene-${String(index).padStart(4, '0')}.png`,
    picture: scriptedPicture(72, 0),
    networkPicture: scriptedPicture(64, 0),
    histogram: Array.from({ length: 64 }, (_, bin) =>
      Math.round(4000 * Math.exp(-(((bin - 30) / 12) ** 2)) + (bin === 0 ? 3000 : 4)),
    ),
    histogramRange: [0, 2140],
    scaledRange: [410, 2140],
    holes: 0.061,
    saturated: 0,
    clippedLow: 0,
    clippedHigh: 0,
    width: 72,
    height: 72,
    bitDepth: 16,
    channels: 1,
  }),
  'pairs/preview': ({ index }) => ({
    rgb: scriptedPicture(72, 1),
    target: scriptedPicture(72, 0),
    rgbPath: `scene-${String(index).padStart(4, '0')}.jpg`,
    targetPath: `scene-${String(index).padStart(4, '0')}.png`,
  }),
  'run/export': ({ form = 'source' }) => ({
    fileName: `adapted-model-${form}.zip`,
    blob: new Blob(['zip']),
    maxLogitDifference: 2.4e-7,
    imagesCompared: 16,
    losses: form === 'source' ? ['Weights are kept as float16, as in the source.'] : [],
  }),
  'run/record': () => ({ fileName: 'run-record.json', json: '{}' }),
};

/** An evaluation of 240 labelled images of which a share is right, the same ones at every call. */
export function scriptedEvaluation(moment: Moment, share: number, step: number, labelled = true): Evaluation {
  const imageCount = 240;
  const labels = Int32Array.from({ length: imageCount }, (_, at) => at % classes.length);
  const predictions = labels.map((label, at) =>
    (at * 37) % 100 < share * 100 ? label : (label + 1 + (at % 3)) % classes.length,
  );
  const confusion = classes.map((_, actual) =>
    classes.map(
      (__, predicted) => predictions.filter((value, at) => value === predicted && labels[at] === actual).length,
    ),
  );
  const right = predictions.filter((value, at) => value === labels[at]).length;
  return {
    moment,
    step,
    epoch: step / 8,
    role: 'test',
    imageCount,
    predictions,
    confidences: Float32Array.from({ length: imageCount }, (_, at) => 0.5 + ((at * 13) % 50) / 100),
    labels: labelled ? labels : null,
    predictedShare: classes.map((_, at) => predictions.filter((value) => value === at).length / imageCount),
    meanConfidence: 0.5 + share / 3,
    accuracy: labelled ? right / imageCount : null,
    perClass: labelled ? confusion.map((row, at) => (row[at] ?? 0) / 40) : null,
    confusion: labelled ? confusion : null,
  };
}

/** Drift that falls with depth, scaled by `factor`. */
export function scriptedDrift(factor: number): readonly LayerDrift[] {
  return layerNames.map((layer, at) => ({
    source: 0,
    layer,
    channels: 16 * (at + 1),
    distance: factor * (1.9 / (1 + at * 0.35) + 0.12 * ((at * 7) % 5)),
    distance95: factor * 3,
    noiseFloor: 0.06 + 0.012 * at,
    meanTerm: factor * (at === 0 ? 6 : 1 + at * 0.2),
    varianceTerm: factor * (at === 0 ? 9 : 1.4),
  }));
}

/** Rows of step columns for steps `from` to `to`, both included. */
export function scriptedSteps(from: number, to: number): Float32Array {
  const rows: number[] = [];
  for (let step = from; step <= to; step += 1) {
    const wobble = Math.sin(step * 1.7) * 0.12 + Math.sin(step * 0.37) * 0.06;
    const fall = Math.exp(-step / 40);
    const values: Record<string, number> = {
      step,
      total: 0.6 + 2.2 * fall + wobble,
      entropy: 0.2 + 0.9 * fall + wobble / 2,
      diversity: -1.5 + 0.4 * fall,
      pseudoLabel: 0.4 + 1.1 * fall + wobble / 3,
      pairs: 0.5 + 0.8 * fall + wobble / 2,
      statistics: 0.3 + 2.6 * fall,
      discriminator: Number.NaN,
      learningRate: 0.01,
      gradientNorm: 1,
      imagesPerSecond: 120,
    };
    rows.push(...stepColumns.map((column) => values[column] ?? Number.NaN));
  }
  return Float32Array.from(rows);
}
