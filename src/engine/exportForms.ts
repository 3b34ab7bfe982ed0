import type { FileBytes, OpenedModel } from '../formats/models/format';
import { writeLayersModel } from '../formats/models/layersModel/writer';
import type { MetadataOptions } from '../formats/models/metadata';
import type { ModelPart } from '../formats/models/modelPart';
import { writeOnnx } from '../formats/models/onnx/write';
import { openModel, rewriteModel, storedTensors } from '../formats/models/registry';
import { roundingOf } from '../formats/models/rounding';
import { readSafetensorsBack, writeSafetensors } from '../formats/models/safetensors/write';
import type { StoredTensor } from '../formats/models/storedTensor';
import type { ExportForm } from '../shared/exportForm';
import { StudioError, toFailure } from '../shared/failure';
import type { SourceModel } from './project';

/** A source model with its adapted weights, ready to be written. */
export interface AdaptedSource {
  readonly model: SourceModel;
  readonly part: ModelPart;
  readonly about: MetadataOptions;
}

/** An adapted model in one form, and the model that its files hold when they are read again. */
export interface WrittenForm {
  readonly files: readonly FileBytes[];
  readonly reopened: Pick<OpenedModel, 'spec' | 'weights'>;
  /** What the form's number types cost, for the person. */
  readonly losses: readonly string[];
}

type FormWriter = (adapted: AdaptedSource) => Promise<WrittenForm>;

/** @throws StudioError 'unsupported-format' when the files cannot be read again */
async function reopen(files: readonly FileBytes[], options: SourceModel['options']): Promise<OpenedModel> {
  try {
    return await openModel(files, options);
  } catch (thrown) {
    const { message, detail } = toFailure(thrown);
    throw new StudioError({
      code: 'unsupported-format',
      message: `The written model was not saved, because it cannot be checked: ${message}`,
      remedy: 'Download the model in another form.',
      ...(detail !== undefined && { detail }),
    });
  }
}

/** @throws StudioError 'unsupported-format' when a type rounds a weight more than its steps account for */
function requireRounding(
  part: ModelPart,
  reopened: Pick<OpenedModel, 'weights'>,
  tensors: readonly StoredTensor[],
): void {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const parameters = part.spec.nodes.flatMap((node) => Object.values(node.parameters as Record<string, { name: string; fileName: string } | undefined>)); // prettier-ignore
  for (const parameter of parameters) {
    const tensor = parameter && byName.get(parameter.fileName);
    const [wanted, found] = [part.weights.get(parameter?.name ?? ''), reopened.weights.get(parameter?.name ?? '')];
    if (!parameter || !tensor || !wanted) continue;
    const isOff = wanted.some((value, at) => !(Math.abs(value - (found?.[at] ?? NaN)) <= roundingOf(tensor, value)));
    if (!isOff) continue;
    throw new StudioError({
      code: 'unsupported-format',
      message: `The adapted weight ${parameter.fileName} does not fit into the ${tensor.stored} values of the source model's file.`,
      remedy: 'Download it as ONNX, as a TensorFlow.js layers model or as safetensors instead.',
    });
  }
}

const asSource: FormWriter = async ({ model, part }) => {
  const { files, losses } = await rewriteModel(model.files, part);
  const reopened = await reopen(files, model.options);
  if (losses.length > 0) requireRounding(part, reopened, await storedTensors(files));
  return { files, reopened, losses };
};

const asLayersModel: FormWriter = async ({ part, about }) => {
  const files = writeLayersModel([part], { ...about, mixing: [1] });
  return { files, reopened: await reopen(files, {}), losses: [] };
};

const asOnnx: FormWriter = async ({ part, about }) => {
  const files = [writeOnnx(part, about)];
  return { files, reopened: await reopen(files, {}), losses: [] };
};

/** The weights alone: they are read back into the network that they are for. */
const asSafetensors: FormWriter = async ({ model, part, about }) => {
  const source = await storedTensors(model.files);
  const file = writeSafetensors(part, { ...about, source });
  const weights = readSafetensorsBack(file, part, source);
  return { files: [file], reopened: { spec: part.spec, weights }, losses: [] };
};

const writers: Readonly<Record<ExportForm, FormWriter>> = {
  source: asSource,
  layersModel: asLayersModel,
  onnx: asOnnx,
  safetensors: asSafetensors,
};

/**
 * Writes an adapted model in a form and reads it back.
 *
 * @throws StudioError when the form cannot hold the model; the remedy names others
 */
export const writeForm = (form: ExportForm, adapted: AdaptedSource): Promise<WrittenForm> => writers[form](adapted);
