import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FileBytes, OpenedModel } from '../formats/models/format';
import type { OpenOptions } from '../formats/models/modelFormat';
import { openStateDicts } from '../formats/models/stateDict/open';
import { sizeOf, type StoredTensor } from '../formats/models/storedTensor';
import { StudioError, type Failure } from '../shared/failure';
import { createRng } from '../shared/rng';

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Keys and shapes of torchvision's networks, as torchvision lists them (fixtures/torch/make.py). */
export const torchvision = JSON.parse(
  gunzipSync(readFileSync('src/formats/fixtures/torch/torchvisionShapes.json.gz')).toString(),
) as Record<string, Shapes>;

/** Fewer channels everywhere; image channels, kernel sizes and the depth of channelwise kernels stay. */
export const thinner = (shapes: Shapes, factor: number): Shapes =>
  Object.fromEntries(
    Object.entries(shapes).map(([key, shape]) => [
      key,
      shape.map((length, axis) => (axis < 2 && length > 7 ? Math.floor(length / factor) : length)),
    ]),
  ); // prettier-ignore

/** A state dict of these shapes: values near 1, so that they are variances as well; counters are integers. */
export function tensorsOf(shapes: Shapes): ReadonlyMap<string, StoredTensor> {
  const rng = createRng(3);
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const isCounter = shape.length === 0;
      const values = Float32Array.from({ length: sizeOf(shape) }, () => 0.5 + rng.next());
      const bytes = isCounter ? new Uint8Array(8) : new Uint8Array(values.buffer);
      const file: FileBytes = { path: name, bytes };
      const stored = isCounter ? 'int64' : 'float32';
      return [name, { name, shape, stored, pieces: [{ file, offset: 0, length: bytes.length }] }];
    }),
  );
}

export const openShapes = (shapes: Shapes, options: OpenOptions = {}): OpenedModel =>
  openStateDicts('PyTorch checkpoint', [{ file: 'net.pt', path: [], tensors: tensorsOf(shapes) }], options);

export function failureOf(shapes: Shapes, options: OpenOptions = {}): Failure {
  try {
    openShapes(shapes, options);
  } catch (error) {
    if (error instanceof StudioError) return error.failure;
    throw error;
  }
  throw new Error('It was opened.');
}

export const renamed = (shapes: Shapes, rename: (key: string) => string): Shapes =>
  Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [rename(key), shape]));

export const without = (shapes: Shapes, pattern: RegExp): Shapes =>
  Object.fromEntries(Object.entries(shapes).filter(([key]) => !pattern.test(key)));

/** A ResNet-18 of 4 to 32 channels and 62 classes. */
export const smallResNet = thinner(torchvision['resnet18'] ?? {}, 16);
