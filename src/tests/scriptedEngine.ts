import type { Engine } from '../app/state/engine';
import type { ModelSummary } from '../shared/modelSummary';
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
import { imageAnswers, scriptedClasses as classes, scriptedFolder, scriptedPicture } from './scriptedImages';

export { scriptedFolder };
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

const usualAnswers: Answers = {
  ...imageAnswers,
  'images/recipe': ({ role, recipe }) => {
    const folder = scriptedProject.folders[role] ?? scriptedFolder(role);
    return { ...scriptedProject, folders: { ...scriptedProject.folders, [role]: { ...folder, recipe } } };
  },
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
