import { writeLayersModel } from '../formats/models/layersModel/writer';
import type { FileBytes, OpenedModel, Weights } from '../formats/models/format';
import { zip } from '../formats/zip';
import { predict } from '../method/evaluate';
import { createNetwork, disposeNetwork } from '../networks/network';
import type { ExportForm } from '../shared/exportForm';
import { StudioError } from '../shared/failure';
import type { ImageSet } from '../shared/imageSet';
import type { Result } from '../shared/protocol';
import type { Device } from './device';
import { writeForm, type AdaptedSource, type WrittenForm } from './exportForms';
import { imagesFor, resizeOf } from './imageSets';
import type { Journal, RunSubject, SavedState } from './journal';
import type { SourceModel } from './project';
import { withoutFolder } from './exportLoading';
import { readmeOf, type ExportCheck } from './exportReadme';
import { recordOf } from './record';
import { scaleClassifier } from './scaleClassifier';

/** Target images whose logits are compared. */
const imagesCompared = 64;
/** Above this the written model is not the studio's model. */
const tolerance = 1e-4;

/** How the name of the download ends. */
const endings: Readonly<Record<ExportForm, string>> = {
  source: 'source-format',
  layersModel: 'tfjs',
  onnx: 'onnx',
  safetensors: 'safetensors',
};

/**
 * The model of a run as a zip, written in a form and read back: on real target images the written model must give the
 * studio's logits. Where the form rounds the weights, each must lie within the rounding, and the result says so.
 *
 * @throws StudioError `missing-file` without a sound state, `bug` when the written model differs, and what the form
 *   itself refuses
 */
export async function exportRun(journal: Journal, device: Device, form: ExportForm): Promise<Result<'run/export'>> {
  const { subject, good } = journal;
  if (!good) {
    throw new StudioError({
      code: 'missing-file',
      message: 'This run has no sound state that could be downloaded.',
      remedy: 'Start it again, with a smaller learning rate if it failed.',
    });
  }
  const adapted = subject.models.map((model, source) => adaptedSource(subject, good, model, source));
  const written: WrittenForm[] = [];
  for (const source of adapted) written.push(await writeForm(form, source));
  const losses = [...new Set(written.flatMap((one) => one.losses))];
  const { maxLogitDifference, count } = await device.guard(() => compare(subject, good, written));
  requireAlike(maxLogitDifference, losses);
  const check = { form, maxLogitDifference, imagesCompared: count, losses };
  const files = [...modelFiles(form, adapted, written, good.mixing), ...companions(journal, good, check)];
  const blob = new Blob([new Uint8Array(zip(lastOfEachName(files)))], { type: 'application/zip' });
  return { fileName: fileNameOf(subject, form), blob, maxLogitDifference, imagesCompared: count, losses };
}

/** @throws StudioError `bug` */
function requireAlike(difference: number, losses: readonly string[]): void {
  if (difference <= tolerance || (losses.length > 0 && Number.isFinite(difference))) return;
  throw new StudioError({
    code: 'bug',
    message: `The written model differs from the adapted one by ${difference.toPrecision(2)} in its logits, so it was not saved.`,
    remedy: 'Download the model in another form, and please report this with the run record.',
  });
}

function fileNameOf({ models, preset }: RunSubject, form: ExportForm): string {
  const stem = (models[0]?.name ?? 'model').replace(/[^\w.-]+/g, '-');
  return `${stem}-${preset}-${endings[form]}.zip`;
}

/** A source that was itself a download of the studio has a record and a README of its own: the new ones count. */
const lastOfEachName = (files: readonly FileBytes[]): FileBytes[] => [
  ...new Map(files.map((file) => [file.path, file])).values(),
];

/** One source's weights as the studio uses them: with a single source, its mixing weight acts on the logits. */
function weightsToWrite(subject: RunSubject, { weights, mixing }: SavedState, source: number): Weights {
  const own = weights[source];
  const model = subject.models[source];
  if (!own || !model) throw new RangeError(`There is no source ${source}.`);
  return subject.models.length === 1 ? scaleClassifier(model.spec, own, mixing[0] ?? 1) : own;
}

function adaptedSource(subject: RunSubject, good: SavedState, model: SourceModel, source: number): AdaptedSource {
  const { preset, settings, folders, classes } = subject;
  const weights = weightsToWrite(subject, good, source);
  return {
    model,
    part: { spec: model.spec, weights, preprocessing: model.preprocessing },
    about: {
      classes,
      resize: resizeOf(model)[0],
      metadata: { adaptedBy: { preset, seed: settings.seed }, targetRecipe: folders[0]?.recipe },
    },
  };
}

const below = (folder: string, files: readonly FileBytes[]): FileBytes[] =>
  files.map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes }));

const json = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

/** One source: its model. Several: each in a folder, and the mixing weights; as a layers model also all in one. */
function modelFiles(
  form: ExportForm,
  adapted: readonly AdaptedSource[],
  written: readonly WrittenForm[],
  weights: readonly number[],
): FileBytes[] {
  const sources = written.map(({ files }) => withoutFolder(files));
  const [first] = adapted;
  if (!first || sources.length === 1) return sources.flat();
  const parts = adapted.map(({ part }) => part);
  const combined = form === 'layersModel' ? writeLayersModel(parts, { ...first.about, mixing: weights }) : [];
  const mixing = adapted.map(({ model: { name } }, source) => ({
    folder: `source-${source + 1}`,
    name,
    weight: weights[source] ?? 0,
  }));
  return [
    ...sources.flatMap((files, source) => below(`source-${source + 1}`, files)),
    ...below('combined', combined),
    { path: 'mixing.json', bytes: json({ actsOn: 'logits', sources: mixing }) },
  ];
}

function companions(journal: Journal, good: SavedState, check: ExportCheck): FileBytes[] {
  return [
    { path: 'run-record.json', bytes: json(recordOf(journal)) },
    { path: 'README.txt', bytes: new TextEncoder().encode(readmeOf(journal, good, check)) },
  ];
}

/** Largest difference between the logits of the kept state and those of the files, read back. */
async function compare(
  subject: RunSubject,
  good: SavedState,
  written: readonly WrittenForm[],
): Promise<{ maxLogitDifference: number; count: number }> {
  const { models, folders } = subject;
  const [target] = folders;
  const [first] = models;
  if (!target || !first) throw new RangeError('A run has a model and target images.');
  const indices = target.folder.entries.map((_, index) => index).slice(0, imagesCompared);
  const images = await imagesFor(first, target, first.preprocessing, indices);
  const kept = models.map((model, source) => ({ ...model, weights: good.weights[source] ?? model.weights }));
  const one = models.length === 1;
  const expected = await logitsOf(kept, good.mixing, images);
  const found = await logitsOf(written.map(({ reopened }) => reopened), one ? [1] : good.mixing, images); // prettier-ignore
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
