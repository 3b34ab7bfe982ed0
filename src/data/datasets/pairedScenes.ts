import { sortByPath } from '../paths';
import { classQuestion, countNames, namesOfModel } from './classNames';
import { answerTo, counted, someOf } from './dataset';
import type { Answers, DatasetContent, DatasetHints } from './dataset';
import type { DatasetQuestion } from '../../shared/datasets';

/** One scene that an RGB camera and another one took, the other possibly in several forms. */
export interface PairedScene {
  /** What the paths of its pictures have in common. */
  readonly key: string;
  /** Class folder, where there are any. */
  readonly label: string | null;
  readonly rgb: string | null;
  /** Form (`depth_raw`, `depth_filled`, `nir`) -> image. */
  readonly forms: ReadonlyMap<string, string>;
}

/** What a side of a picture is called by, as an importer finds it. */
export interface Side {
  readonly side: 'rgb' | 'target';
  /** Of target images: which form. */
  readonly form: string;
  readonly key: string;
  readonly label: string | null;
}

export interface PairedTree {
  /** In natural order of their keys. */
  readonly scenes: readonly PairedScene[];
  /** Pictures that share side, form and key with another one. */
  readonly doubled: readonly string[];
}

/** Brings the pictures of each scene together. Of two pictures with the same part in a scene the first counts. */
export function gatherScenes(paths: readonly string[], sideOf: (path: string) => Side | null): PairedTree {
  const scenes = new Map<string, { label: string | null; rgb: string | null; forms: Map<string, string> }>();
  const doubled: string[] = [];
  for (const path of paths) {
    const found = sideOf(path);
    if (!found) continue;
    const scene = scenes.get(found.key) ?? { label: found.label, rgb: null, forms: new Map<string, string>() };
    scenes.set(found.key, scene);
    if (found.side === 'rgb' ? scene.rgb !== null : scene.forms.has(found.form)) doubled.push(path);
    else if (found.side === 'rgb') scene.rgb = path;
    else scene.forms.set(found.form, path);
  }
  const list = [...scenes].map(([key, scene]): PairedScene => ({ key, ...scene }));
  return { scenes: sortByPath(list, ({ key }) => key), doubled };
}

export const isComplete = ({ rgb, forms }: PairedScene): boolean => rgb !== null && forms.size > 0;

/** What stays the same for all answers. */
export interface PairedDescription {
  readonly tree: PairedTree;
  readonly hints: DatasetHints;
  /** `near-infrared` */
  readonly targetWord: string;
  /** The form that is proposed of those that are there. */
  readonly preferredForm: (forms: readonly string[]) => string;
  readonly facts: readonly string[];
}

const formCounts = ({ scenes }: PairedTree): Map<string, number> =>
  countNames(scenes.flatMap(({ forms }) => [...forms.keys()]));

interface PairedChoice {
  readonly form: string;
  readonly classes: readonly string[];
}

function questionsOf({ tree, targetWord }: PairedDescription, { form, classes }: PairedChoice): DatasetQuestion[] {
  const questions: DatasetQuestion[] = [];
  const forms = formCounts(tree);
  if (forms.size > 1) {
    questions.push({
      key: 'form',
      label: `Which ${targetWord} images?`,
      help: 'The dataset has them in several forms. Filled ones have no holes; raw ones are what a camera gives.',
      options: [...forms].map(([value, count]) => ({ value, label: `${value} (${count})` })),
      multiple: false,
      chosen: [form],
    });
  }
  const counts = countNames(
    tree.scenes.flatMap(({ label, forms: ofScene }) => (label !== null && ofScene.has(form) ? [label] : [])),
  );
  const help = `Their ${targetWord} images become the target images; all other classes become pairs. Choose none to take all as pairs.`;
  return counts.size > 0 ? [...questions, classQuestion(counts, classes, help)] : questions;
}

function warningsOf({ tree, targetWord }: PairedDescription, { form, classes }: PairedChoice): string[] {
  const { scenes, doubled } = tree;
  const warnings: string[] = [];
  const labels = new Set(scenes.flatMap(({ label }) => label ?? []));
  if (labels.size > 0 && classes.length === 0) {
    warnings.push('No class is chosen as the task, so all images become pairs and there are no target images.');
  } else if (labels.size > 0 && [...labels].every((label) => classes.includes(label))) {
    warnings.push('All classes are chosen as the task, so no image is left for pairs.');
  }
  const report = (what: string, paths: readonly string[]): void => {
    if (paths.length > 0) warnings.push(`${counted(paths.length, 'image')} ${what}: ${someOf(paths)}.`);
  };
  report(
    `without ${targetWord} partner`,
    scenes.flatMap(({ rgb, forms }) => (rgb !== null && !forms.has(form) ? [rgb] : [])),
  );
  report(
    'without RGB partner',
    scenes.flatMap(({ rgb, forms }) => (rgb === null ? (forms.get(form) ?? []) : [])),
  );
  report('left out, because another one stands for the same scene', doubled);
  return warnings;
}

/** Target images of the chosen classes, and pairs of all others. */
export function pairedContent(description: PairedDescription, answers: Answers): DatasetContent {
  const { tree, hints, preferredForm, facts } = description;
  const labels = new Set(tree.scenes.flatMap(({ label }) => label ?? []));
  const [form = ''] = answerTo(answers, 'form', [preferredForm([...formCounts(tree).keys()])]);
  const classes = answerTo(answers, 'classes', [...namesOfModel(labels, hints).keys()]);
  const task = new Set(classes);
  const written = namesOfModel(task, hints);
  return {
    facts,
    warnings: warningsOf(description, { form, classes }),
    questions: questionsOf(description, { form, classes }),
    target: tree.scenes.flatMap(({ label, forms }) => {
      const path = forms.get(form);
      return path !== undefined && label !== null && task.has(label)
        ? [{ path, label: written.get(label) ?? label }]
        : [];
    }),
    test: [],
    pairs: tree.scenes.flatMap(({ key, label, rgb, forms }) => {
      const target = forms.get(form);
      const irrelevant = label === null || !task.has(label);
      return irrelevant && rgb !== null && target !== undefined ? [{ key, rgb, target }] : [];
    }),
  };
}
