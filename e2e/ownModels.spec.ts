import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import { writeOnnx } from '../src/formats/models/onnx/write';
import { preprocessingPresets } from '../src/formats/models/metadata';
import { openModel, rewriteModel } from '../src/formats/models/registry';
import { createRng } from '../src/shared/rng';
import { writeSafetensors } from '../src/formats/models/safetensors/write';
import type { FileBytes } from '../src/formats/models/format';
import { unzip } from '../src/formats/zip';
import { modelFilesOf } from '../src/tests/models/files';
import { readRealModel } from '../src/tests/models/folder';
import { torchTriple } from '../src/tests/torchTriple';
import { expect, status, test } from './journey';
import { writeTinyProject, type TinyProject } from './tinyProject';

const fixtures = join(import.meta.dirname, '../src/formats/fixtures');
const bytesOf = (path: string): FileBytes => ({ path: basename(path), bytes: new Uint8Array(readFileSync(path)) });

/** A model file in a form of its own, written beside the tiny project. */
async function convert(
  project: TinyProject,
  name: string,
  files: readonly FileBytes[],
  write: 'onnx' | 'safetensors',
  choice?: string,
): Promise<string> {
  const opened = await openModel(files, choice === undefined ? {} : { choice });
  const part = { ...opened, preprocessing: preprocessingPresets['0to1'] };
  const classes = Array.from({ length: opened.spec.classCount }, (_, at) => `class ${String(at)}`);
  const written = write === 'onnx' ? writeOnnx(part, { classes }) : writeSafetensors(part, { classes });
  const path = join(project.target, '..', name);
  writeFileSync(path, written.bytes);
  return path;
}

/** A fixture with weights that do not grow from layer to layer, as those of a trained model. */
async function calmed(project: TinyProject, path: string): Promise<string> {
  const rng = createRng(4);
  const files = [bytesOf(path)];
  const { spec, weights } = await openModel(files);
  const calm = new Map(
    [...weights].map(([name, values]) => [
      name,
      values.map(() => (name.endsWith('variance') ? 1 : (rng.next() - 0.5) / Math.sqrt(values.length))),
    ]),
  );
  const { files: written } = await rewriteModel(files, { spec, weights: calm });
  const target = join(project.target, '..', basename(path));
  writeFileSync(target, written[0]?.bytes ?? new Uint8Array());
  return target;
}

async function openOwn(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
}

const modelInput = (page: Page) => page.getByLabel('Model as files or zip', { exact: true });

/** Adapts the opened model briefly and downloads it in its own form: the file that came in, under its own name. */
async function adaptAndDownload(page: Page, project: TinyProject, name: string): Promise<void> {
  await page.getByLabel('Target images', { exact: true }).setInputFiles(project.target);
  await expect(page.getByText('48 images')).toBeVisible();
  await page.getByLabel('Preset').selectOption('bn-refresh');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(status(page)).toHaveText('Finished', { timeout: 40_000 });
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download adapted model' }).click();
  const archive = readFileSync(await (await download).path());
  await expect(page.getByText(/Verified: read back, the largest logit difference/)).toBeVisible();
  const paths = (await unzip(new Uint8Array(archive), 'download')).map(({ path }) => basename(path));
  expect(paths).toEqual(expect.arrayContaining([name, 'README.txt', 'run-record.json']));
}

interface Given {
  readonly format: RegExp;
  readonly path: (project: TinyProject) => Promise<string> | string;
  /** Buttons to press, one after the other. */
  readonly answers?: readonly string[];
}

const tinyFiles = ({ model }: TinyProject): readonly FileBytes[] =>
  ['model.json', 'weights.bin'].map((name) => bytesOf(join(model, name)));
const checkpoint = join(fixtures, 'torch/freeShortcuts.pt');
const answers = [
  'First convolution with stride 1, no pooling',
  'Shortcuts average 2x2 pixels, zero channels on both sides',
];

const given: Readonly<Record<string, Given>> = {
  'a Keras HDF5 file': {
    format: /Keras HDF5/,
    path: (project) => calmed(project, join(fixtures, 'keras/keras2-nested.h5')),
  },
  'a .keras file': {
    format: /Keras \(\.keras\)/,
    path: (project) => calmed(project, join(fixtures, 'keras/keras3-counted.keras')),
  },
  'an ONNX file': {
    format: /ONNX/,
    path: (project) => convert(project, 'shapes.onnx', tinyFiles(project), 'onnx'),
  },
  'a PyTorch checkpoint': { format: /PyTorch checkpoint/, path: () => checkpoint, answers },
  'a safetensors file': {
    format: /safetensors/,
    path: (project) => {
      const choice = 'stem:stride1,shortcut:pooled-both';
      return convert(project, 'weights.safetensors', [bytesOf(checkpoint)], 'safetensors', choice);
    },
    answers,
  },
};

for (const [what, { format, path, answers: asked = [] }] of Object.entries(given)) {
  test(`${what} is opened, adapted and taken along as what it was`, async ({ page }) => {
    const project = await writeTinyProject();
    const file = await path(project);
    await openOwn(page);
    await modelInput(page).setInputFiles(file);
    for (const answer of asked) await page.getByRole('button', { name: answer }).click();
    await expect(page.getByText(format).first()).toBeVisible();
    await adaptAndDownload(page, project, basename(file));
  });
}

test('the three files of a source model are one model, at the size that it was trained with', async ({ page }) => {
  const files = readRealModel('epfl-scenes-resnet8-s0');
  test.skip(files === null, 'needs the real models of SHARED_DIR');
  const project = await writeTinyProject();
  const triple = torchTriple(await openModel(modelFilesOf(files ?? [])));
  const paths = triple.map(({ path, bytes }) => {
    const target = join(project.target, '..', path);
    writeFileSync(target, bytes);
    return target;
  });
  await openOwn(page);
  await modelInput(page).setInputFiles(paths.slice(0, 2));
  await expect(
    page
      .getByRole('alert')
      .getByText(/source_C/)
      .first(),
  ).toBeVisible();
  await modelInput(page).setInputFiles(paths);
  await page.getByRole('button', { name: 'First convolution with stride 2, no pooling' }).click();
  await page.getByLabel('Input size (height × width)').fill('63');
  await page.getByLabel('Input size (height × width)').press('Enter');
  await expect(page.getByText('63 × 63 × 3')).toBeVisible();
  await adaptAndDownload(page, project, 'source_B.pt');
});

test('files that cannot be used say what they are and name the way to one that can', async ({ page }) => {
  const project = await writeTinyProject();
  const written = (name: string, bytes: Uint8Array): string => {
    const path = join(project.target, '..', name);
    writeFileSync(path, bytes);
    return path;
  };
  const whole = readFileSync(checkpoint);
  const files: readonly (readonly [string, RegExp, RegExp])[] = [
    [written('cut.pt', whole.subarray(0, whole.length / 2)), /cut\.pt is a damaged zip archive/, /Copy or download/],
    [join(fixtures, 'keras/weights-only.h5'), /holds the weights of a Keras model without its layers/, /model\.save/],
    [written('m.tflite', Uint8Array.of(28, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33)), /m\.tflite is a TFLite model/, /\.keras or \.h5/],
    [written('model.onnx', new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n')), /pointer of Git LFS/, /git lfs pull/],
    [written('evil.pkl', Buffer.from('\x80\x02cos\nsystem\n.', 'latin1')), /os\.system|pickle/, /state_dict/],
  ]; // prettier-ignore
  await openOwn(page);
  for (const [file, message, remedy] of files) {
    await modelInput(page).setInputFiles(file);
    const alert = page.getByRole('alert');
    await expect(alert.getByText(message)).toBeVisible();
    await expect(alert.getByText(remedy)).toBeVisible();
  }
  await modelInput(page).setInputFiles(join(fixtures, 'keras/keras2-nested.h5'));
  await expect(page.getByText(/Keras HDF5/).first()).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});
