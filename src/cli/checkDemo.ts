import { demoPack } from '../data/demo/demoSet';
import { taskClasses } from '../data/demo/taskShapes';
import { openModel } from '../formats/models/registry';
import type { FileBytes } from '../formats/models/format';
import { unzip } from '../formats/zip';
import { demoFileNames, demoManifest, pairFiles, targetFile } from './demoFiles';

/** Bytes that the pack may weigh at most: it travels with the page. */
const sizeLimit = 4_000_000;
/** Every so many images one is rendered anew and compared. */
const targetStride = 60;
const pairStride = 45;

/** Where two folders differ in one file. */
function difference(expected: FileBytes, files: readonly FileBytes[], name: string): string[] {
  const found = files.find(({ path }) => path === expected.path);
  if (found === undefined) return [`${name} has no ${expected.path}.`];
  return Buffer.compare(found.bytes, expected.bytes) === 0
    ? []
    : [`${expected.path} in ${name} is not what its generator makes.`];
}

async function checkImages(packs: Record<'target' | 'pairsRgb' | 'pairsTarget', FileBytes>): Promise<string[]> {
  const faults: string[] = [];
  const open = async ({ path, bytes }: FileBytes, count: number): Promise<readonly FileBytes[]> => {
    const files = await unzip(bytes, path);
    if (files.length !== count) faults.push(`${path} has ${files.length} files instead of ${count}.`);
    return files;
  };
  const target = await open(packs.target, demoPack.targetCount);
  const pairsRgb = await open(packs.pairsRgb, demoPack.pairCount);
  const pairsTarget = await open(packs.pairsTarget, demoPack.pairCount);
  for (let index = 0; index < demoPack.targetCount; index += targetStride) {
    faults.push(...difference(targetFile(index), target, packs.target.path));
  }
  for (let index = 0; index < demoPack.pairCount; index += pairStride) {
    const pair = pairFiles(index);
    faults.push(...difference(pair.rgb, pairsRgb, packs.pairsRgb.path));
    faults.push(...difference(pair.target, pairsTarget, packs.pairsTarget.path));
  }
  return faults;
}

async function checkModel(files: readonly FileBytes[]): Promise<string[]> {
  const { metadata, spec } = await openModel(files);
  const classes = metadata.classes?.join(', ') ?? 'no names';
  const expected = taskClasses.join(', ');
  return classes === expected && spec.classCount === taskClasses.length
    ? []
    : [`The model has the classes ${classes} instead of ${expected}.`];
}

/**
 * Compares a demo pack with its generator: the manifest, a few images byte by byte, the classes of the model, the size.
 *
 * @param read gives a file of the pack by its path in it
 * @returns what is wrong, a sentence each; empty when nothing is
 */
export async function checkDemo(read: (path: string) => Promise<FileBytes>): Promise<string[]> {
  const manifest = await read(demoFileNames.manifest);
  const [target, pairsRgb, pairsTarget] = await Promise.all([
    read(demoFileNames.target),
    read(demoFileNames.pairsRgb),
    read(demoFileNames.pairsTarget),
  ]);
  const model = await Promise.all(demoFileNames.model.map(read));
  const size = [manifest, target, pairsRgb, pairsTarget, ...model].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const same = new TextDecoder().decode(manifest.bytes) === `${JSON.stringify(demoManifest, null, 2)}\n`;
  return [
    ...(same ? [] : [`${manifest.path} is not what its generator makes.`]),
    ...(size < sizeLimit ? [] : [`The pack weighs ${size} bytes; ${sizeLimit} is the limit.`]),
    ...(await checkImages({ target, pairsRgb, pairsTarget })),
    ...(await checkModel(model)),
  ];
}
