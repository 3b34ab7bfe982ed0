import type { StateDictPlace } from '../formats/models/format';
import type { ExportForm } from '../shared/exportForm';
import type { RunSubject } from './journal';

/** How a program loads a kind of file. */
interface Loader {
  /** What the reader calls the format. */
  readonly format: RegExp;
  /** Names of the files that are opened. */
  readonly files: RegExp;
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
  files: /(?<!metadata)\.json$/i,
  isChannelsFirst: false,
  lines: (path) => [
    `JavaScript (TensorFlow.js): const model = await tf.loadLayersModel('${path}');`,
    'const output = model.predict(images);',
  ],
};

/** ONNX of any program; exports of TensorFlow may have channels last. */
const onnx: Loader = {
  format: /^onnx/i,
  files: /\.onnx$/i,
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
  files: /\.safetensors$/i,
  isChannelsFirst: true,
  lines: (path, places) => stateLines(`safetensors.torch.load_file("${path}")`, places),
};

const torch: Loader = {
  format: /^pytorch/i,
  files: /\.(?:pt|pth|th|ckpt|tar|bin|pkl)$/i,
  isChannelsFirst: true,
  lines: (path, places) => stateLines(`torch.load("${path}", map_location="cpu")`, places),
};

const keras: Loader = {
  format: /^keras/i,
  files: /\.(?:h5|hdf5|keras)$/i,
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

/** The file that a program opens, and how it does. */
function mainFile(
  { models: [model] }: RunSubject,
  form: ExportForm,
): { readonly path: string; readonly loader: Loader } {
  if (form !== 'source') return written[form];
  const names = (model?.files ?? []).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  const loader = loaders.find(({ format }) => format.test(model?.metadata.format ?? '')) ?? tfjs;
  const path = names.find((name) => loader.files.test(name));
  return path === undefined ? { path: names[0] ?? 'the file', loader: packed(loader) } : { path, loader };
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
  const { path } = mainFile(subject, form);
  const whole = form === 'source' ? `${path}: the files that you gave, with the adapted weights in them.` : `${path}: the model.`; // prettier-ignore
  const beside = form === 'layersModel' ? ['weights.bin belongs to model.json.'] : [];
  if (subject.models.length === 1) return [whole, ...beside];
  const single = `source-N/ holds the models: their logits, times the weights in mixing.json, are added up.`;
  return form === 'layersModel'
    ? ['combined/model.json   all source models in one, mixed. source-N/model.json are the single ones, mixing.json their weights.', ...beside]
    : [single, `In each: ${whole}`]; // prettier-ignore
}
