import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { encode } from 'fast-png';

/** Folders of a project that adapts in seconds: enough to drive every part of the page. */
export interface TinyProject {
  readonly model: string;
  readonly target: string;
  readonly test: string;
  readonly pairsRgb: string;
  readonly pairsTarget: string;
  /** A folder without one image. */
  readonly notes: string;
}

const classes = ['disc', 'bars', 'ramp'] as const;
const size = 40;

/** Depth of a pixel in millimetres, by class; `shift` moves the shape. */
function depthAt(kind: (typeof classes)[number], x: number, y: number, shift: number): number {
  if (kind === 'disc') return Math.hypot(x - size / 2 - shift, y - size / 2) < size / 4 ? 900 : 1800;
  if (kind === 'bars') return Math.floor((x + shift) / 5) % 2 === 0 ? 1000 : 1700;
  return 800 + (1000 * (y + shift)) / size;
}

function depthPng(kind: (typeof classes)[number], shift: number): Uint8Array {
  const data = Uint16Array.from({ length: size * size }, (_, at) =>
    depthAt(kind, at % size, Math.floor(at / size), shift),
  );
  return encode({ width: size, height: size, data, channels: 1, depth: 16 });
}

function rgbPng(kind: (typeof classes)[number], shift: number): Uint8Array {
  const data = new Uint8Array(size * size * 3);
  for (let at = 0; at < size * size; at += 1) {
    const light = 255 - depthAt(kind, at % size, Math.floor(at / size), shift) / 10;
    data.set([light, light * 0.8, light * 0.6], at * 3);
  }
  return encode({ width: size, height: size, data, channels: 3, depth: 8 });
}

function writeClassFolders(folder: string, imagesPerClass: number): void {
  for (const kind of classes) {
    mkdirSync(join(folder, kind), { recursive: true });
    for (let at = 0; at < imagesPerClass; at += 1) {
      writeFileSync(join(folder, kind, `${String(at).padStart(3, '0')}.png`), depthPng(kind, at % 9));
    }
  }
}

/** A small convolutional classifier with two batch-norm layers and seeded weights. */
async function writeModel(folder: string): Promise<void> {
  const kernel = (seed: number) => tf.initializers.heNormal({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [32, 32, 3],
        filters: 8,
        kernelSize: 3,
        strides: 2,
        kernelInitializer: kernel(1),
        name: 'stem',
      }),
      tf.layers.batchNormalization({ name: 'stem_bn' }),
      tf.layers.reLU({ name: 'stem_relu' }),
      tf.layers.conv2d({ filters: 16, kernelSize: 3, strides: 2, kernelInitializer: kernel(2), name: 'body' }),
      tf.layers.batchNormalization({ name: 'body_bn' }),
      tf.layers.reLU({ name: 'body_relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({
        units: classes.length,
        activation: 'softmax',
        kernelInitializer: kernel(3),
        name: 'classifier',
      }),
    ],
  });
  const handler = tf.io.withSaveHandler((artifacts) => {
    const { modelTopology, weightSpecs, weightData } = artifacts;
    if (!(weightData instanceof ArrayBuffer)) throw new Error('The weights of a tiny model come in one piece.');
    const json = {
      format: 'layers-model',
      modelTopology,
      weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      userDefinedMetadata: { classes },
    };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
    writeFileSync(join(folder, 'weights.bin'), Buffer.from(weightData));
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } });
  });
  await model.save(handler);
  model.dispose();
}

/** Writes a project into a new temporary folder. */
export async function writeTinyProject(): Promise<TinyProject> {
  const root = mkdtempSync(join(tmpdir(), 'socket-studio-'));
  const at = (name: string): string => join(root, name);
  await tf.setBackend('cpu');
  await writeModel(at('shapes-model'));
  writeClassFolders(at('depth'), 16);
  writeClassFolders(at('depth-test'), 8);
  for (const folder of ['pairs-rgb', 'pairs-depth', 'notes']) mkdirSync(at(folder));
  for (let pair = 0; pair < 16; pair += 1) {
    const kind = classes[pair % classes.length] ?? 'disc';
    writeFileSync(at(`pairs-rgb/scene${String(pair)}.png`), rgbPng(kind, pair));
    writeFileSync(at(`pairs-depth/scene${String(pair)}.png`), depthPng(kind, pair));
  }
  writeFileSync(at('pairs-rgb/without-partner.png'), rgbPng('disc', 3));
  writeFileSync(at('depth/disc/damaged.png'), depthPng('disc', 0).slice(0, 60));
  writeFileSync(at('notes/readme.txt'), 'no image here');
  return {
    model: at('shapes-model'),
    target: at('depth'),
    test: at('depth-test'),
    pairsRgb: at('pairs-rgb'),
    pairsTarget: at('pairs-depth'),
    notes: at('notes'),
  };
}
