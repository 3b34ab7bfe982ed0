import { imageExtensions } from '../../formats/images/registry';
import { readListLines, createResolver } from '../labelList';
import { baseName, commonDirectory, directoryOf, extensionOf } from '../paths';
import { answerTo, counted, someOf } from './dataset';
import type { Answers, Dataset, DatasetContent, DatasetImporter, DatasetTree, PairedImages } from './dataset';
import type { Resolver } from '../labelList';
import type { DatasetQuestion } from '../../shared/datasets';

type ListRole = 'target' | 'source' | 'pairsRgb' | 'pairsTarget';

/** A `*_list.txt`, line by line: one set of images. */
interface List {
  readonly path: string;
  /** `xtioncom_depth` of `xtioncom_depth_list.txt`. */
  readonly name: string;
  readonly role: ListRole;
  /** Number of the line, image and label; the image is null where it is not among the files. */
  readonly lines: readonly { readonly line: number; readonly image: string | null; readonly label: string }[];
  readonly missing: readonly string[];
  readonly badLines: number;
}

const listFile = /^(.+)_list\.txt$/i;
const targetWord = /(?:^|_)(?:depth|dpth|nir|ir|thermal|infrared|hha)(?:_|$)/i;
const measuringWord = /(?:^|_)(?:test|val)(?:_|$)/i;

/** `TI_*` are the pairs; of the others those that name no depth or infrared camera are RGB. */
function roleOf(name: string): ListRole {
  const target = targetWord.test(name);
  if (/^TI_/i.test(name)) return target ? 'pairsTarget' : 'pairsRgb';
  return target ? 'target' : 'source';
}

async function readLists({ paths, readText }: DatasetTree): Promise<List[]> {
  const images = paths.filter((path) => imageExtensions.has(extensionOf(path)));
  const root = commonDirectory(images);
  const resolvers = new Map<string, Resolver>();
  const lists: List[] = [];
  for (const path of paths.filter((candidate) => listFile.test(baseName(candidate)))) {
    const name = listFile.exec(baseName(path))?.[1] ?? '';
    const folder = directoryOf(path);
    const resolve = resolvers.get(folder) ?? createResolver(images, root, folder);
    resolvers.set(folder, resolve);
    const { lines, badLines } = readListLines(path, await readText(path), resolve);
    const missing = lines.flatMap(({ image, listedPath }) => (image === null ? [listedPath] : []));
    lists.push({ path, name, role: roleOf(name), lines, missing, badLines: badLines.length });
  }
  return lists.filter(({ lines, missing }) => missing.length < lines.length);
}

interface ListChoice {
  readonly target: List | null;
  readonly test: List | null;
}

function choiceOf(lists: readonly List[], answers: Answers): ListChoice {
  const targets = lists.filter(({ role }) => role === 'target');
  const training = targets.filter(({ name }) => !measuringWord.test(name));
  const test = targets.find(({ name }) => measuringWord.test(name));
  const named = (name: string | undefined): List | null => targets.find((list) => list.name === name) ?? null;
  const proposedTarget = (training[0] ?? targets[0])?.name;
  const [target] = answerTo(answers, 'target', proposedTarget === undefined ? [] : [proposedTarget]);
  const proposedTest = test && test.name !== target ? test.name : '';
  const [chosenTest] = answerTo(answers, 'test', [proposedTest]);
  return { target: named(target), test: chosenTest === target ? null : named(chosenTest) };
}

function questionsOf(lists: readonly List[], { target, test }: ListChoice): DatasetQuestion[] {
  const options = lists
    .filter(({ role }) => role === 'target')
    .map(({ name, lines }) => ({ value: name, label: `${name} (${lines.length} lines)` }));
  if (options.length < 2 || !target) return [];
  return [
    {
      key: 'target',
      label: 'Which list names the target images?',
      help: 'The model is adapted to them; their labels only measure.',
      options,
      multiple: false,
      chosen: [target.name],
    },
    {
      key: 'test',
      label: 'Which list names images to measure on?',
      help: 'By default the target images themselves, as in the released code of the method.',
      options: [{ value: '', label: 'the target images' }, ...options.filter(({ value }) => value !== target.name)],
      multiple: false,
      chosen: [test?.name ?? ''],
    },
  ];
}

const imagesByLine = (list: List | undefined): Map<number, string> =>
  new Map((list?.lines ?? []).flatMap(({ line, image }) => (image === null ? [] : [[line, image]])));

/** Partners are the images that stand in lines of the same number. */
function pairLines(rgbList: List | undefined, targetList: List | undefined): PairedImages[] {
  const [rgb, target] = [imagesByLine(rgbList), imagesByLine(targetList)];
  const seen = { rgb: new Set<string>(), target: new Set<string>() };
  const once = (side: 'rgb' | 'target', image: string | undefined): string | null => {
    if (image === undefined || seen[side].has(image)) return null;
    seen[side].add(image);
    return image;
  };
  const lines = [...new Set([...rgb.keys(), ...target.keys()])].sort((a, b) => a - b);
  return lines
    .map((line) => ({
      key: `line ${line}`,
      rgb: once('rgb', rgb.get(line)),
      target: once('target', target.get(line)),
    }))
    .filter((pair) => pair.rgb !== null || pair.target !== null);
}

function pairWarnings(lists: readonly List[], pairs: readonly PairedImages[]): string[] {
  const rgb = lists.filter(({ role }) => role === 'pairsRgb');
  const target = lists.filter(({ role }) => role === 'pairsTarget');
  const warnings: string[] = [];
  for (const more of [rgb, target]) {
    if (more.length > 1) {
      const names = more.map(({ path }) => path);
      warnings.push(`Several lists of pairs: ${names.join(', ')}. The first counts.`);
    }
  }
  const [first, second] = [rgb[0], target[0]];
  if (!first && !second) return ['There are no lists of pairs (TI_..._list.txt).'];
  if (!first || !second) {
    const there = (first ?? second)?.path ?? '';
    return [...warnings, `${there} has no counterpart of the other camera, so there are no pairs.`];
  }
  if (first.lines.length !== second.lines.length) {
    warnings.push(
      `${first.path} has ${first.lines.length} lines and ${second.path} has ${second.lines.length}. Partners stand in the same line: if one is missing in between, all after it are wrong.`,
    );
  }
  const single = pairs.filter((pair) => pair.rgb === null || pair.target === null).length;
  if (single > 0)
    warnings.push(`${counted(single, 'line')} without a usable partner, or with an image that was named before.`);
  return warnings;
}

const labelled = (list: List | null): { path: string; label: string }[] => {
  const labels = new Map<string, string>();
  for (const { image, label } of list?.lines ?? []) if (image !== null && !labels.has(image)) labels.set(image, label);
  return [...labels].map(([path, label]) => ({ path, label }));
};

function contentOf(lists: readonly List[], answers: Answers): DatasetContent {
  const choice = choiceOf(lists, answers);
  const pairs = pairLines(
    lists.find(({ role }) => role === 'pairsRgb'),
    lists.find(({ role }) => role === 'pairsTarget'),
  );
  const roles: Readonly<Record<ListRole, string>> = {
    target: 'target images',
    source: 'RGB images of the task, which are not needed',
    pairsRgb: 'RGB images of the pairs',
    pairsTarget: 'target images of the pairs',
  };
  return {
    facts: lists.map(({ path, role, lines }) => `${path}: ${counted(lines.length, 'line')}, ${roles[role]}.`),
    warnings: [
      ...lists.flatMap(({ path, missing, badLines }) => [
        ...(missing.length > 0
          ? [`${path} names ${counted(missing.length, 'image')} that cannot be found: ${someOf(missing)}.`]
          : []),
        ...(badLines > 0 ? [`${path} has ${counted(badLines, 'line')} without path and label.`] : []),
      ]),
      ...(choice.target ? [] : ['No list names target images (..._depth_list.txt, ..._nir_list.txt).']),
      ...pairWarnings(lists, pairs),
    ],
    questions: questionsOf(lists, choice),
    target: labelled(choice.target),
    test: labelled(choice.test),
    pairs,
  };
}

async function recognise(tree: DatasetTree): Promise<Dataset | null> {
  if (!tree.paths.some((path) => listFile.test(baseName(path)))) return null;
  const lists = await readLists(tree);
  if (!lists.some(({ role }) => role !== 'source')) return null;
  return {
    kind: 'socketLists',
    title: 'Lists of SOCKET',
    name: tree.name,
    contentOf: (answers) => contentOf(lists, answers),
  };
}

/**
 * The layout that the released code of SOCKET reads: `<name>_list.txt` with lines `path label`, the paths being absolute
 * ones of some machine, beside the folders that they name. `TI_*` are the pairs, partners by line number.
 */
export const socketLists: DatasetImporter = {
  layout: 'lists such as kv1_depth_list.txt with lines of path and label',
  recognise,
};
