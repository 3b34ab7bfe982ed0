import { toFile } from '../formats/models/layout';
import type { FileBytes, OpenedModel, ParameterSpec } from '../formats/models/format';
import { sizeOf } from '../formats/models/storedTensor';
import { saveStateDict, type TorchWeight } from './torchFiles';

/** What PyTorch calls the parameters of a layer. */
const roles: Readonly<Record<string, string>> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  runningMean: 'running_mean',
  runningVariance: 'running_var',
};

/** torchvision's name for a layer of our small residual networks, which have one block a stage. */
function torchName(node: string): string {
  const [, stage, part = ''] = /^block(\d+)_(.*)$/.exec(node) ?? [];
  if (stage === undefined)
    return { stem: 'conv1', stem_bn: 'bn1', bottleneck_bn: 'bn', classifier: 'fc' }[node] ?? node;
  const inBlock = { shortcut: 'downsample.0', shortcut_bn: 'downsample.1' }[part] ?? part;
  return `layer${stage}.0.${inBlock}`;
}

/** Convolutions `[out, in, h, w]`, dense kernels `[out, in]`. */
function torchWeight({ weights }: OpenedModel, { name, shape }: ParameterSpec): TorchWeight {
  const values = weights.get(name)!;
  const permutation = shape.length === 4 ? [2, 3, 1, 0] : shape.length === 2 ? [1, 0] : [0];
  const back = permutation.map((_, axis) => shape[permutation.indexOf(axis)]!);
  return { shape: back, values: toFile(values, { shape: back, permutation }) };
}

/** A dense kernel as weight normalisation stores it: rows, and their lengths. */
function weightNorm(key: string, kernel: TorchWeight): readonly (readonly [string, TorchWeight])[] {
  const [out = 0] = kernel.shape;
  const rowLength = sizeOf(kernel.shape) / out;
  const gain = Float32Array.from({ length: out }, (_, row) =>
    Math.hypot(...kernel.values.subarray(row * rowLength, (row + 1) * rowLength)),
  );
  return [
    [`${key}.weight_g`, { shape: [out, 1], values: gain }],
    [`${key}.weight_v`, kernel],
  ];
}

/**
 * One of our small residual networks as the method's checkpoint: features, bottleneck and normalised classifier in
 * three files of `torch.save`.
 *
 * @param model a TFJS model of SHARED_DIR, for example `epfl-scenes-resnet8-s0`
 */
export function torchTriple(model: OpenedModel): readonly FileBytes[] {
  const parts = {
    F: new Map<string, TorchWeight>(),
    B: new Map<string, TorchWeight>(),
    C: new Map<string, TorchWeight>(),
  };
  for (const node of model.spec.nodes) {
    const part = node.name === 'classifier' ? parts.C : node.name.startsWith('bottleneck') ? parts.B : parts.F;
    for (const [role, parameter] of Object.entries(node.parameters as Record<string, ParameterSpec>)) {
      const key = torchName(node.name);
      const weight = torchWeight(model, parameter);
      const isNormed = part === parts.C && role === 'kernel';
      for (const [name, each] of isNormed ? weightNorm(key, weight) : [[`${key}.${roles[role]!}`, weight] as const]) {
        part.set(name, each);
      }
    }
  }
  return Object.entries(parts).map(([part, weights]) => saveStateDict(`source_${part}.pt`, weights));
}
