import { StudioError } from '../../shared/failure';
import { countNames } from './classNames';
import { pairedFolders } from './pairedFolders';
import { rgbNir } from './rgbNir';
import { socketLists } from './socketLists';
import { sunRgbd } from './sunRgbd';
import type { Answers, Dataset, DatasetHints, DatasetImporter, DatasetTree } from './dataset';
import type { FileFacts } from '../catalog';
import type { DatasetSummary } from '../../shared/datasets';
import type { ImageRole } from '../../shared/images';

/** From the most particular layout to the most general one: the first that recognises a tree has it. */
const importers: readonly DatasetImporter[] = [sunRgbd, socketLists, rgbNir, pairedFolders];

/** How each known dataset is laid out, in words: parts of a sentence. */
export const knownLayouts: readonly string[] = importers.map(({ layout }) => layout);

/** @returns null where the tree is none that is known */
export async function recogniseDataset(tree: DatasetTree, hints: DatasetHints): Promise<Dataset | null> {
  for (const importer of importers) {
    const dataset = await importer.recognise(tree, hints);
    if (dataset) return dataset;
  }
  return null;
}

/** What a dataset would give with these answers. */
export function summarizeDataset({ kind, title, name, contentOf }: Dataset, answers: Answers): DatasetSummary {
  const { facts, cameras = [], warnings, questions, target, test, pairs } = contentOf(answers);
  return {
    kind,
    title,
    name,
    facts,
    cameras,
    warnings,
    questions,
    target: target.length,
    test: test.length,
    pairs: pairs.filter(({ rgb, target: partner }) => rgb !== null && partner !== null).length,
    classes: [...countNames(target.map(({ label }) => label))].map(([className, count]) => ({
      name: className,
      count,
    })),
  };
}

/**
 * Adds an answer.
 * @throws StudioError `bad-setting` for a question or an option that is not asked
 */
export function answerQuestion(
  { title, contentOf }: Dataset,
  answers: Answers,
  key: string,
  chosen: readonly string[],
): Answers {
  const question = contentOf(answers).questions.find((asked) => asked.key === key);
  const strange = question ? chosen.find((value) => !question.options.some((option) => option.value === value)) : key;
  const oneTooFewOrMany = question && !question.multiple && chosen.length !== 1;
  if (question && strange === undefined && !oneTooFewOrMany) return new Map([...answers, [key, [...new Set(chosen)]]]);
  throw new StudioError({
    code: 'bad-setting',
    message: oneTooFewOrMany
      ? `"${question.label}" has one answer, not ${chosen.length}.`
      : `${title} has no choice "${strange ?? ''}".`,
    remedy: 'Choose one of the options that are shown.',
  });
}

/** The files of a role, with what the importer knows of each. */
export type RoleFiles = ReadonlyMap<string, FileFacts>;

/** What is opened in which role; roles without images are left out. */
export function rolesOf({ contentOf }: Dataset, answers: Answers): ReadonlyMap<ImageRole, RoleFiles> {
  const { target, test, pairs } = contentOf(answers);
  const roles: [ImageRole, RoleFiles][] = [
    ['pairsRgb', new Map(pairs.flatMap(({ key, rgb }) => (rgb === null ? [] : [[rgb, { pairKey: key }]])))],
    [
      'pairsTarget',
      new Map(pairs.flatMap(({ key, target: path }) => (path === null ? [] : [[path, { pairKey: key }]]))),
    ],
    ['target', new Map(target.map(({ path, label }) => [path, { label }]))],
    ['test', new Map(test.map(({ path, label }) => [path, { label }]))],
  ];
  return new Map(roles.filter(([, files]) => files.size > 0));
}
