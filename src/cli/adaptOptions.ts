import { existsSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { exportForms, type ExportForm } from '../shared/exportForm';
import { StudioError } from '../shared/failure';
import type { KernelChoice } from '../shared/gpuKernels';
import type { ModelDecisions } from '../shared/headless';
import type { ImageRole } from '../shared/images';
import type { BackendChoice, BackendName } from '../shared/protocol';
import type { ImageRecipe } from '../shared/recipe';
import { modelDecisions } from './modelOptions';
import { parseRecipe } from './recipeOption';
import { parseSetting, presets, settingsOf } from '../shared/settings';
import type { PresetName, Settings } from '../shared/settings';

export const usage = `Usage: npm run adapt -- --model PATH --target DIR [options] --out DIR

Adapts an RGB classifier to images of another camera, in a headless browser with the studio's own engine.

  --model PATH         source model: its file, archive or folder; repeat it for several sources
  --choice ID, --input HxW, --pixels NAME|MEAN/DEVIATION
                       which network it is, its input size and its preprocessing, where its file leaves them open
  --target DIR         unlabelled images of the target camera (class folders serve to measure, never to train)
  --pairs-rgb DIR      paired RGB images of other things, and
  --pairs-target DIR   the same scenes by the target camera, with the same file names
  --recipe JSON        how measurements of the target camera become input, as in the run record; parts that are left out
                       stay as the studio suggests, for example '{"scaling":{"kind":"minMax"},"holes":"mask"}'
  --labels DIR         labelled test images, to measure on instead of the target images
  --preset NAME        ${Object.keys(presets).join(' | ')} (default: studio)
  --epochs N, --seed N, --set key=value ...
                       settings, instead of the preset's
  --backend NAME       auto | webgpu | wasm (default: auto: WebGPU on a real GPU, else WebAssembly)
  --kernels NAME       own | stock (default: own): the studio's kernels or those of TensorFlow.js; only concerns WebGPU
  --form NAME          form of the adapted model (default: layersModel):
                       layersModel   TensorFlow.js layers model, several sources also combined
                       source        the source model's own files, with the adapted weights in them
                       onnx | safetensors
  --out DIR            gets model/ and run-record.json
  --help               show this`;

export interface AdaptOptions {
  readonly models: readonly string[];
  /** About every model. */
  readonly decisions: ModelDecisions;
  readonly folders: Readonly<Partial<Record<ImageRole, string>>>;
  /** What replaces parts of the suggested recipe of the target camera. */
  readonly recipe: Partial<ImageRecipe> | null;
  readonly preset: PresetName;
  readonly settings: Settings;
  readonly backend: BackendChoice;
  readonly kernels: KernelChoice;
  readonly form: ExportForm;
  readonly out: string;
}

const backends: readonly string[] = ['auto', 'webgpu', 'wasm'] satisfies BackendChoice[];
const kernelChoices: readonly string[] = ['own', 'stock'] satisfies KernelChoice[];

const badOption = (message: string, remedy: string): StudioError =>
  new StudioError({ code: 'bad-setting', message, remedy });

function requirePath(option: string, path: string | undefined): string {
  if (path === undefined) throw badOption(`--${option} is missing.`, 'See npm run adapt -- --help.');
  if (existsSync(path)) return path;
  throw new StudioError({
    code: 'missing-file',
    message: `There is nothing at the path given with --${option}: ${path}`,
    remedy: 'Check the path.',
  });
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        model: { ...text, multiple: true },
        choice: text,
        input: text,
        pixels: text,
        target: text,
        'pairs-rgb': text,
        'pairs-target': text,
        labels: text,
        recipe: text,
        preset: { ...text, default: 'studio' },
        epochs: text,
        seed: text,
        set: { ...text, multiple: true },
        backend: { ...text, default: 'auto' },
        kernels: { ...text, default: 'own' },
        form: { ...text, default: 'layersModel' },
        out: text,
        help: { type: 'boolean' },
      },
    }).values;
  } catch (thrown) {
    throw badOption(thrown instanceof Error ? thrown.message : String(thrown), 'See npm run adapt -- --help.');
  }
}

/**
 * Reads the command line.
 * @returns null when help was asked for
 * @throws StudioError that names the option, for what cannot be
 */
export function readOptions(args: readonly string[]): AdaptOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const { preset, backend, kernels, form, out, model } = values;
  if (!isPreset(preset)) {
    throw badOption(`There is no preset "${preset}".`, `Use one of ${Object.keys(presets).join(', ')}.`);
  }
  if (!isBackend(backend)) throw badOption(`There is no backend "${backend}".`, `Use one of ${backends.join(', ')}.`);
  if (!isKernelChoice(kernels)) {
    throw badOption(`There are no kernels "${kernels}".`, `Use one of ${kernelChoices.join(', ')}.`);
  }
  if (!isForm(form)) throw badOption(`There is no form "${form}".`, `Use one of ${exportForms.join(', ')}.`);
  if (backend === 'wasm' && kernels === 'stock') {
    throw badOption(
      '--kernels stock only concerns WebGPU, but --backend wasm computes on WebAssembly.',
      'Leave out --kernels, or use --backend webgpu.',
    );
  }
  if (out === undefined) throw badOption('--out is missing.', 'Say where the adapted model goes: --out DIR.');
  if (existsSync(out) && !statSync(out).isDirectory()) throw badOption(`--out is a file: ${out}`, 'Give a folder.');
  const folders: Partial<Record<ImageRole, string>> = { target: requirePath('target', values.target) };
  const optional = { pairsRgb: 'pairs-rgb', pairsTarget: 'pairs-target', test: 'labels' } as const;
  for (const [role, option] of Object.entries(optional) as [ImageRole, 'pairs-rgb' | 'pairs-target' | 'labels'][]) {
    if (values[option] !== undefined) folders[role] = requirePath(option, values[option]);
  }
  const models = model ?? [];
  if (models.length === 0) requirePath('model', undefined);
  for (const path of models) requirePath('model', path);
  const settings = settingsOf(preset, overridesOf(values));
  requirePairs(settings, preset, folders);
  const recipe = values.recipe === undefined ? null : parseRecipe(values.recipe);
  return { models, decisions: modelDecisions(values), folders, recipe, preset, settings, backend, kernels, form, out };
}

/** What to say when the kernels asked for are not to be had on the backend that `auto` came to; null otherwise. */
export function kernelsWarning(kernels: KernelChoice, backend: BackendName): string | null {
  if (kernels === 'own' || backend === 'webgpu') return null;
  return `Warning: --kernels ${kernels} has no effect here: it only concerns WebGPU.`;
}

const isPreset = (name: string): name is PresetName => Object.hasOwn(presets, name);
const isBackend = (name: string): name is BackendChoice => backends.includes(name);
const isForm = (name: string): name is ExportForm => (exportForms as readonly string[]).includes(name);
const isKernelChoice = (name: string): name is KernelChoice => kernelChoices.includes(name);

function overridesOf({ epochs, seed, set = [] }: ReturnType<typeof parse>): Partial<Settings> {
  const pairs = set.map((text) => {
    const equals = text.indexOf('=');
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)] as const;
    throw badOption(`--set ${text} is not of the form key=value.`, 'For example --set learningRate=0.001.');
  });
  if (epochs !== undefined) pairs.push(['epochs', epochs]);
  if (seed !== undefined) pairs.push(['seed', seed]);
  return Object.assign({}, ...pairs.map(([key, value]) => parseSetting(key, value))) as Partial<Settings>;
}

function requirePairs(settings: Settings, preset: PresetName, folders: AdaptOptions['folders']): void {
  const needed = presets[preset].kind === 'train' && (settings.pairWeight > 0 || settings.discriminatorWeight > 0);
  if (!needed || (folders.pairsRgb !== undefined && folders.pairsTarget !== undefined)) return;
  throw new StudioError({
    code: 'no-pairs',
    message: `The preset "${preset}" uses pairs, but ${folders.pairsRgb === undefined ? '--pairs-rgb' : '--pairs-target'} is missing.`,
    remedy: 'Give both folders of pairs, or use a preset without them, such as shot.',
  });
}
