import { openModel } from '../formats/models/registry';
import { writeLayersModel } from '../formats/models/layersModel/writer';
import type { FileBytes, OpenedModel, Weights } from '../formats/models/format';
import { zip } from '../formats/zip';
import { predict } from '../method/evaluate';
import { createNetwork, disposeNetwork } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { ImageSet } from '../shared/imageSet';
import type { Result } from '../shared/protocol';
import type { Device } from './device';
import { imagesFor, resizeOf } from './imageSets';
import type { Journal, RunSubject, SavedState } from './journal';
import type { SourceModel } from './project';
import { readmeOf } from './exportReadme';
import { recordOf } from './record';
import { scaleClassifier } from './scaleClassifier';

/** Target images whose logits are compared. */
const imagesCompared = 64;
/** Above this the written model is not the studio's model. */
const tolerance = 1e-4;

/**
 * The model of a run as a zip, written and read back: on real target images the written model must give the studio's
 * logits.
 * @throws StudioError `missing-file` without a sound state, `bug` when the written model differs
 */
export async function exportRun(journal: Journal, device: Device): Promise<Result<'run/export'>> {
  const { subject, good } = journal;
  if (!good) {
    throw new StudioError({
      code: 'missing-file',
      message: 'This run has no sound state that could be downloaded.',
      remedy: 'Start it again, with a smaller learning rate if it failed.',
    });
  }
  const sources = sourceFiles(subject, good);
  const { maxLogitDifference, count } = await device.guard(() => compare(subject, good, sources));
  if (!(maxLogitDifference <= tolerance)) {
    throw new StudioError({
      code: 'bug',
      message: `The written model differs from the adapted one by ${maxLogitDifference.toPrecision(2)} in its logits, so it was not saved.`,
      remedy: 'Please report it with the run record.',
    });
  }
  const check = { maxLogitDifference, imagesCompared: count };
  const files = [...modelFiles(subject, good, sources), ...companions(journal, good, check)];
  const blob = new Blob([new Uint8Array(zip(files))], { type: 'application/zip' });
  return { fileName: `${fileStem(subject)}.zip`, blob, ...check, losses: [] };
}

const fileStem = ({ models, preset }: RunSubject): string =>
  `${(models[0]?.name ?? 'model').replace(/[^\w.-]+/g, '-')}-${preset}`;

/** One source's weights as the studio uses them: with a single source, its mixing weight acts on the logits. */
function weightsToWrite(subject: RunSubject, { weights, mixing }: SavedState, source: number): Weights {
  const own = weights[source];
  const model = subject.models[source];
  if (!own || !model) throw new RangeError(`There is no source ${source}.`);
  return subject.models.length === 1 ? scaleClassifier(model.spec, own, mixing[0] ?? 1) : own;
}

const partOf = (subject: RunSubject, good: SavedState, model: SourceModel, source: number) => ({
  spec: model.spec,
  weights: weightsToWrite(subject, good, source),
  preprocessing: model.preprocessing,
});

function optionsFor(subject: RunSubject, model: SourceModel, mixing: readonly number[]) {
  const { preset, settings, folders } = subject;
  return {
    mixing,
    classes: subject.classes,
    resize: resizeOf(model)[0],
    metadata: { adaptedBy: { preset, seed: settings.seed }, targetRecipe: folders[0]?.recipe },
  };
}

/** The files of each source's own model. */
function sourceFiles(subject: RunSubject, good: SavedState): readonly (readonly FileBytes[])[] {
  return subject.models.map((model, source) =>
    writeLayersModel([partOf(subject, good, model, source)], optionsFor(subject, model, [1])),
  );
}

const below = (folder: string, files: readonly FileBytes[]): FileBytes[] =>
  files.map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes }));

const json = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

/** One source: its model. Several: each in a folder, the mixing weights, and all in one model. */
function modelFiles(subject: RunSubject, good: SavedState, sources: readonly (readonly FileBytes[])[]): FileBytes[] {
  const { models } = subject;
  const [first] = models;
  if (!first || sources.length === 1) return [...(sources[0] ?? [])];
  const parts = models.map((model, source) => partOf(subject, good, model, source));
  const combined = writeLayersModel(parts, optionsFor(subject, first, good.mixing));
  const mixing = models.map(({ name }, source) => ({
    folder: `source-${source + 1}`,
    name,
    weight: good.mixing[source] ?? 0,
  }));
  return [
    ...sources.flatMap((files, source) => below(`source-${source + 1}`, files)),
    ...below('combined', combined),
    { path: 'mixing.json', bytes: json({ actsOn: 'logits', sources: mixing }) },
  ];
}

function companions(journal: Journal, good: SavedState, check: Parameters<typeof readmeOf>[2]): FileBytes[] {
  return [
    { path: 'run-record.json', bytes: json(recordOf(journal)) },
    { path: 'README.txt', bytes: new TextEncoder().encode(readmeOf(journal, good, check)) },
  ];
}

/** Largest difference between the logits of the kept state and those of the files, read back. */
async function compare(
  subject: RunSubject,
  good: SavedState,
  files: readonly (readonly FileBytes[])[],
): Promise<{ maxLogitDifference: number; count: number }> {
  const { models, folders } = subject;
  const [target] = folders;
  const [first] = models;
  if (!target || !first) throw new RangeError('A run has a model and target images.');
  const indices = target.folder.entries.map((_, index) => index).slice(0, imagesCompared);
  const images = await imagesFor(first, target, first.preprocessing, indices);
  const kept = models.map((model, source) => ({ ...model, weights: good.weights[source] ?? model.weights }));
  const written: OpenedModel[] = [];
  for (const source of files) written.push(await openModel(source));
  const one = models.length === 1;
  const expected = await logitsOf(kept, good.mixing, images);
  const found = await logitsOf(written, one ? [1] : good.mixing, images);
  const gaps = expected.map((value, at) => Math.abs(value - (found[at] ?? NaN)));
  return { maxLogitDifference: gaps.reduce((worst, gap) => Math.max(worst, gap), 0), count: images.count };
}

async function logitsOf(
  models: readonly Pick<OpenedModel, 'spec' | 'weights'>[],
  mixing: readonly number[],
  images: ImageSet,
): Promise<Float32Array> {
  const networks = models.map(({ spec, weights }) => createNetwork(spec, weights));
  try {
    return (await predict(networks, mixing, images, 16)).logits;
  } finally {
    networks.forEach(disposeNetwork);
  }
}
