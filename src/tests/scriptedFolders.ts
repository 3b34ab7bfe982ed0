import { StudioError } from '../shared/failure';
import type { DatasetSummary } from '../shared/datasets';
import type { PairCheck, PairRule, PairSummary } from '../shared/pairs';
import type { Args, Result } from '../shared/protocol';

export const scriptedCheck: PairCheck = {
  sampled: 48,
  correlation: 0.51,
  shuffled: 0.03,
  verdict: 'aligned',
  differentShapes: 0,
  duplicates: [],
  worst: [
    { index: 7, rgb: 'rgb/0007.jpg', target: 'depth/0007.png', correlation: 0.12 },
    { index: 3, rgb: 'rgb/0003.jpg', target: 'depth/0003.png', correlation: 0.2 },
  ],
};

/** What a rule gives of 240 scenes: all by a pattern, some by order, 238 by name. */
export function scriptedPairs(rule: PairRule): PairSummary {
  if (rule.kind === 'pattern' && !rule.rgb.includes('(')) {
    throw new StudioError({
      code: 'bad-setting',
      message: `The expression for RGB images, "${rule.rgb}", has no group.`,
      remedy: 'Put ( ) around the part of the path that both pictures share.',
    });
  }
  const matched = { stem: 238, index: 239, pattern: 240, dataset: 240 }[rule.kind];
  return {
    rule,
    matched,
    unmatchedRgbCount: 240 - matched,
    unmatchedTargetCount: 0,
    unmatchedRgb: Array.from({ length: 240 - matched }, (_, at) => `scene-${at}.png`),
    unmatchedTarget: [],
    ambiguousCount: 0,
    ambiguous: [],
    examples: [1, 2, 3, 4, 5].map((at) => ({ rgb: `scene-${at}_rgb.jpg`, target: `scene-${at}_depth.png` })),
  };
}

const scenes = ['bathroom', 'bedroom', 'classroom', 'corridor', 'dining_area', 'kitchen', 'lab', 'library', 'office'];
const rooms = ['computer_room', 'conference_room', 'discussion_area', 'home_office', 'lecture_theatre', 'living_room'];

const scriptedDataset: DatasetSummary = {
  kind: 'sunRgbd',
  title: 'SUN RGB-D',
  name: 'SUNRGBD',
  facts: [
    '10335 frames of 4 sensors: kv1 2003, kv2 3784, realsense 1159, xtion 3389.',
    '17 scenes are in all sensors.',
  ],
  cameras: ['Camera of kv1: fx 518.9, fy 519.5, cx 284.6, cy 208.7 pixels.'],
  warnings: ['12 frames have no depth image: they are left out.'],
  questions: [
    {
      key: 'sensor',
      label: 'Which sensor’s depth images are the target?',
      help: 'The model is adapted to this camera.',
      options: ['kv1', 'kv2', 'realsense', 'xtion'].map((value) => ({ value, label: value })),
      multiple: false,
      chosen: ['kv1'],
    },
    {
      key: 'classes',
      label: 'Which scenes are the classes of the task?',
      help: 'All other scenes become pairs.',
      options: [...scenes, ...rooms].map((value) => ({ value, label: value })),
      multiple: true,
      chosen: scenes,
    },
  ],
  target: 900,
  test: 0,
  pairs: 4200,
  classes: scenes.map((name) => ({ name, count: 100 })),
};

/** Counts follow the answers: 100 images a class. */
function answeredDataset(dataset: DatasetSummary, { key, chosen }: Args<'dataset/choose'>): DatasetSummary {
  const questions = dataset.questions.map((question) => (question.key === key ? { ...question, chosen } : question));
  const classes = questions.find(({ multiple }) => multiple)?.chosen ?? [];
  return {
    ...dataset,
    questions,
    target: classes.length * 100,
    classes: classes.map((name) => ({ name, count: 100 })),
  };
}

/** The answers of an engine that has paired folders open and knows a dataset. */
export const folderAnswers = {
  'images/listing': (): Result<'images/listing'> => ({
    paths: ['set/1.png', 'set/2.png'],
    sizes: Float64Array.of(10, 20),
    modified: Float64Array.of(1, 2),
  }),
  'pairs/try': ({ rule }: Args<'pairs/try'>): PairSummary => scriptedPairs(rule),
  'pairs/check': (): PairCheck => scriptedCheck,
  'pairs/unmatched': ({ side, from, count }: Args<'pairs/unmatched'>): readonly string[] =>
    Array.from({ length: count }, (_, at) => `${side}-${from + at}.png`),
  'dataset/find': (): DatasetSummary => scriptedDataset,
  'dataset/choose': (args: Args<'dataset/choose'>): DatasetSummary => answeredDataset(scriptedDataset, args),
  'dataset/close': (): void => undefined,
};
