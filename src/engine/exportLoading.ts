import type { FileBytes, StateDictPlace } from '../formats/models/format';
import { isObject, isText, own, parseJson } from '../formats/models/json';
import { tfjsModelKind } from '../formats/models/layersModel/recognise';
import type { ExportForm } from '../shared/exportForm';
import type { RunSubject } from './journal';

/** How a program loads a kind of file. */
interface Loader {
  /** What the reader calls the format. */
  readonly format: RegExp;
  /** Whether a file is the one that is opened. */
  readonly isMain: (file: FileBytes) => boolean;
  /** Null where each file decides for itself. */
  readonly isChannelsFirst: boolean | null;
  /**
   * Two lines of the language that reads such files.
   *
   * @param places where the source's files keep their weights; empty for a file that the studio made
   */
  readonly lines: (path: string, places: readonly StateDictPlace[]) => readonly string[];
}

/** @param load Python that reads the file: the weights by name, or what holds them */
function stateLines(load: string, places: readonly StateDictPlace[]): readonly string[] {
  const { keys = [], wrapper = '' } = places[0] ?? {};
  const inside = keys.map((key) => `[${JSON.stringify(key)}]`).join('');
  const reading = inside ? `checkpoint = ${load}; state = checkpoint${inside}` : `state = ${load}`;
  const state = wrapper ? `{k.removeprefix(${JSON.stringify(wrapper)}): v for k, v in state.items()}` : 'state';
  const others = places.slice(1).map(({ file }) => file);
  const network = 'the network in your own code; the file holds its weights only';
  const of = others.length > 0 ? `the part that the file is of; the same with ${others.join(' and ')}` : network;
  return [`Python: ${reading}`, `model.load_state_dict(${state}); output = model.eval()(images)   # model: ${of}`];
}

const tfjs: Loader = {
  format: /^tfjs/i,
  isMain: (file) => tfjsModelKind(file) === 'layers',
  isChannelsFirst: false,
  lines: (path) => [
    `JavaScript (TensorFlow.js): const model = await tf.loadLayersModel('${path}');`,
    'const output = model.predict(images);',
  ],
};

/** ONNX of any program; exports of TensorFlow may have channels last. */
const onnx: Loader = {
  format: /^onnx/i,
  isMain: ({ path }) => /\.onnx$/i.test(path),
  isChannelsFirst: null,
  lines: (path) => [
    `Python: session = onnxruntime.InferenceSession("${path}")`,
    'output = session.run(None, {session.get_inputs()[0].name: images})[0]',
    `JavaScript (onnxruntime-web): const session = await ort.InferenceSession.create('${path}');`,
    "const output = await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', images, shape) });",
  ],
};

const safetensors: Loader = {
  format: /^safetensors/i,
  isMain: ({ path }) => /\.safetensors$/i.test(path),
  isChannelsFirst: true,
  lines: (path, places) => stateLines(`safetensors.torch.load_file("${path}")`, places),
};

const torch: Loader = {
  format: /^pytorch/i,
  isMain: ({ path }) => /\.(?:pt|pth|th|ckpt|tar|bin|pkl)$/i.test(path),
  isChannelsFirst: true,
  lines: (path, places) => stateLines(`torch.load("${path}", map_location="cpu")`, places),
};

const keras: Loader = {
  format: /^keras/i,
  isMain: ({ path }) => /\.(?:h5|hdf5|keras)$/i.test(path),
  isChannelsFirst: false,
  lines: (path) => [`Python: model = keras.models.load_model("${path}")`, 'output = model.predict(images)'],
};

/** In the order of asking. */
const loaders: readonly Loader[] = [tfjs, keras, onnx, safetensors, torch];

/** An archive as it came: Teachable Machine's, or a folder that someone packed. */
const packed = (loader: Loader): Loader => ({
  ...loader,
  lines: (path, places) => [
    `Unpack ${path}, and load what is in it:`,
    ...loader.lines(loader === tfjs ? 'model.json' : 'the file', places),
  ],
});

const written: Readonly<Record<Exclude<ExportForm, 'source'>, { readonly path: string; readonly loader: Loader }>> = {
  layersModel: { path: 'model.json', loader: tfjs },
  onnx: { path: 'model.onnx', loader: { ...onnx, isChannelsFirst: true } },
  safetensors: { path: 'model.safetensors', loader: safetensors },
};

/** Files of a dropped folder without the folder that holds them all: as they lie in the download. */
export function withoutFolder(files: readonly FileBytes[]): FileBytes[] {
  const [first = '', ...others] = files.map(({ path }) => path);
  const folders = first.split('/').map((_, depth, parts) => parts.slice(0, depth).map((part) => `${part}/`).join('')); // prettier-ignore
  const common = folders.findLast((folder) => others.every((path) => path.startsWith(folder))) ?? '';
  return files.map(({ path, bytes }) => ({ path: path.slice(common.length), bytes }));
}

interface MainFile {
  readonly path: string;
  readonly loader: Loader;
  /** All files that the model needs, that one first. */
  readonly parts: readonly string[];
}

/** The files that hold the weights of a layers model, by what it says itself; they lie in its own folder. */
function weightFilesOf(main: FileBytes): string[] {
  const model = parseJson(main.bytes, main.path);
  const groups = isObject(model) ? own(model, 'weightsManifest') : null;
  const paths = Array.isArray(groups)
    ? groups.flatMap((group: unknown) => (isObject(group) ? [own(group, 'paths')] : [])).flat()
    : [];
  const folder = main.path.slice(0, main.path.lastIndexOf('/') + 1);
  return paths.filter(isText).map((path) => folder + path);
}

/** The file that a program opens, and how it does. */
function mainFile({ models: [model] }: RunSubject, form: ExportForm): MainFile {
  if (form !== 'source') return { ...written[form], parts: [written[form].path] };
  const files = withoutFolder(model?.files ?? []);
  const loader = loaders.find(({ format }) => format.test(model?.metadata.format ?? '')) ?? tfjs;
  const main = files.find(loader.isMain);
  if (!main) {
    const path = files[0]?.path ?? 'the file';
    return { path, loader: packed(loader), parts: [path] };
  }
  const others = loader === tfjs ? weightFilesOf(main) : (model?.metadata.stateDicts ?? []).map(({ file }) => file);
  return { path: main.path, loader, parts: [...new Set([main.path, ...others])] };
}

/** Whether the model's input has its channels before height and width; null where only the file says. */
export const isChannelsFirst = (subject: RunSubject, form: ExportForm): boolean | null =>
  mainFile(subject, form).loader.isChannelsFirst;

/** Two lines that load the model, for each language that reads it. */
export function loadingInWords(subject: RunSubject, form: ExportForm): readonly string[] {
  const { path, loader } = mainFile(subject, form);
  const folder = subject.models.length === 1 ? '' : form === 'layersModel' ? 'combined/' : 'source-1/';
  const places = form === 'source' ? subject.models[0]?.metadata.stateDicts : undefined;
  return loader.lines(folder + path, places ?? []);
}

/** What lies in the download. */
export function contentsInWords(subject: RunSubject, form: ExportForm): readonly string[] {
  const { path, parts } = mainFile(subject, form);
  const whole = form === 'source' ? `${parts.join(', ')}: the ${parts.length === 1 ? 'file' : 'files'} that you gave, with the adapted weights in ${parts.length === 1 ? 'it' : 'them'}.` : `${path}: the model.`; // prettier-ignore
  const beside = form === 'layersModel' ? ['weights.bin belongs to model.json.'] : [];
  if (subject.models.length === 1) return [whole, ...beside];
  const single = `source-N/ holds the models: their logits, times the weights in mixing.json, are added up.`;
  return form === 'layersModel'
    ? ['combined/model.json   all source models in one, mixed. source-N/model.json are the single ones, mixing.json their weights.', ...beside]
    : [single, `In each: ${whole}`]; // prettier-ignore
}
