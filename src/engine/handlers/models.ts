import { sha256 } from '../../data/digest';
import { openModel } from '../../formats/models/registry';
import type { OpenOptions } from '../../formats/models/modelFormat';
import type { FileBytes } from '../../formats/models/format';
import { createNetwork, disposeNetwork } from '../../networks/network';
import { forward } from '../../networks/forward';
import { StudioError } from '../../shared/failure';
import type { DroppedFile } from '../../shared/images';
import type { Handlers, ProjectSummary } from '../../shared/protocol';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { choosePreprocessing, guessWhereOpen, initialPreprocessing } from '../preprocessing';
import type { SourceModel } from '../project';
import { summarizeProject } from '../projectSummary';
import { inputShapeOf } from '../imageSets';
import { ones, tidy } from '@tensorflow/tfjs-core';

type ModelCommand = 'model/open' | 'model/inputSize' | 'model/remove' | 'model/preprocessing';

export function modelHandlers(context: Context): Pick<Handlers, ModelCommand> {
  const { project } = context;
  const change = (work: () => Promise<void>): Promise<ProjectSummary> =>
    context.inTurn(async () => {
      requireIdle(context, 'the source models cannot be changed');
      await work();
      return summarizeProject(project);
    });

  return {
    'model/open': ({ files, replaces, choice }) =>
      change(() => addModel(context, files, replaces, choice === undefined ? {} : { choice })),
    'model/inputSize': ({ modelId, height, width }) => change(() => resizeInput(context, modelId, [height, width])),
    'model/remove': ({ modelId }) =>
      change(async () => {
        project.models = project.models.filter((model) => model.modelId !== modelId);
        return Promise.resolve();
      }),
    'model/preprocessing': ({ modelId, choice }) =>
      change(async () => {
        const model = project.models.find((candidate) => candidate.modelId === modelId);
        if (!model) throw new RangeError(`There is no model ${modelId}.`);
        model.preprocessing = await choosePreprocessing(project, model, choice, () => context.device());
      }),
  };
}

/**
 * Opens a model, tries it on one image, and adds it to the project's sources.
 * @param replaces id of the source whose place it takes; that one stays when opening fails
 * @param options what the person decided where the files leave something open
 * @throws StudioError what the reader finds; `mismatch` when it does not fit the sources that are there
 */
export async function addModel(
  context: Context,
  files: readonly DroppedFile[],
  replaces?: number,
  options: OpenOptions = {},
): Promise<void> {
  const { project, emit } = context;
  const bytes: FileBytes[] = [];
  for (const [done, { path, file }] of files.entries()) {
    emit({ type: 'project/reading', role: 'model', done, total: files.length });
    bytes.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  const opened = await openModel(bytes, options);
  const model: SourceModel = {
    ...opened,
    files: bytes,
    options,
    modelId: project.nextModelId,
    name: nameOf(files),
    sizeBytes: bytes.reduce((sum, file) => sum + file.bytes.length, 0),
    fingerprint: await fingerprintOf(bytes),
    preprocessing: initialPreprocessing(opened.metadata.preprocessing),
  };
  requireFitting(
    project.models.find(({ modelId }) => modelId !== replaces),
    model,
  );
  await tryOut(context, model);
  const at = project.models.findIndex(({ modelId }) => modelId === replaces);
  project.models = at < 0 ? [...project.models, model] : project.models.with(at, model);
  project.nextModelId += 1;
  await guessWhereOpen(project, context.device());
}

const longestSide = 4096;

/**
 * Opens a model again with another input size.
 * @throws StudioError `bad-setting` when the size is out of range or the file states its own; what the reader finds when
 *   the network cannot take images of that size
 */
async function resizeInput(context: Context, modelId: number, inputSize: readonly [number, number]): Promise<void> {
  const { project } = context;
  const model = project.models.find((candidate) => candidate.modelId === modelId);
  if (!model) throw new RangeError(`There is no model ${modelId}.`);
  const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1 && side <= longestSide;
  if (!model.metadata.openSides || !inputSize.every(isSide)) {
    throw new StudioError({
      code: 'bad-setting',
      message: model.metadata.openSides
        ? `The input size ${inputSize.join(' x ')} is out of range.`
        : `The file of "${model.name}" fixes its input size.`,
      remedy: `Give whole numbers from 1 to ${longestSide} for a model whose file leaves them open.`,
    });
  }
  const options = { ...model.options, inputSize };
  const resized: SourceModel = { ...model, ...(await openModel(model.files, options)), options };
  requireFitting(
    project.models.find((candidate) => candidate !== model),
    resized,
  );
  await tryOut(context, resized);
  project.models = project.models.map((candidate) => (candidate === model ? resized : candidate));
}

function nameOf(files: readonly DroppedFile[]): string {
  const path = files[0]?.path ?? 'model';
  return path.includes('/')
    ? path.slice(0, path.indexOf('/'))
    : path.replace(/\.(json|zip|bin|h5|hdf5|keras|onnx|pt|pth|th|tar|safetensors)$/i, '');
}

/** Of the bytes of all files, in the order of their names; a folder's own name does not matter. */
async function fingerprintOf(files: readonly FileBytes[]): Promise<string> {
  const digests: string[] = [];
  for (const { bytes } of files) digests.push(await sha256(new Uint8Array(bytes)));
  return sha256(new TextEncoder().encode(digests.sort().join('\n')));
}

/** Several sources are mixed output by output, on the same images. */
function requireFitting(first: SourceModel | undefined, added: SourceModel): void {
  if (!first) return;
  const misfit = (what: string): StudioError =>
    new StudioError({
      code: 'mismatch',
      message: `The model "${added.name}" does not fit the source model "${first.name}": ${what}.`,
      remedy: 'Give source models with the same classes and the same input size, or remove the other one first.',
    });
  if (first.spec.classCount !== added.spec.classCount) {
    throw misfit(`it has ${added.spec.classCount} classes, the other ${first.spec.classCount}`);
  }
  const [ours, theirs] = [inputShapeOf(first).join('x'), inputShapeOf(added).join('x')];
  if (ours !== theirs) throw misfit(`it takes images of ${theirs}, the other of ${ours}`);
  const [names, others] = [first.metadata.classes, added.metadata.classes].map((list) =>
    list?.join('\n').toLowerCase(),
  );
  if (names !== undefined && others !== undefined && names !== others)
    throw misfit('its classes have other names or another order');
}

/** One grey image through the network: a model that cannot run, or gives no numbers, is refused when it is opened. */
async function tryOut(context: Context, model: SourceModel): Promise<void> {
  const logits = await context.device().guard(async () => {
    const network = createNetwork(model.spec, model.weights);
    try {
      const output = tidy(() => forward(network, ones([1, ...inputShapeOf(model)]), { batchNorm: 'running' }).logits);
      return await output.data().finally(() => output.dispose());
    } finally {
      disposeNetwork(network);
    }
  });
  if (logits.length === model.spec.classCount && logits.every(Number.isFinite)) return;
  throw new StudioError({
    code: 'bad-model',
    message: `The model "${model.name}" gives no finite numbers for a plain grey image.`,
    remedy: 'Export the model again from its training program.',
  });
}
