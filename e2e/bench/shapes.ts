/** One convolution, undilated, input and filter as ResNets have them. */
export interface ConvShape {
  readonly name: string;
  /** `[batch, height, width, channels]` */
  readonly input: readonly [number, number, number, number];
  readonly size: number;
  readonly stride: number;
  readonly channels: number;
  /** Whether its ratio counts. */
  readonly gated: boolean;
  /** Whether it is in the quick run. */
  readonly quick: boolean;
}

type Row = readonly [string, ConvShape['input'], number, number, number, boolean?];

const rows = (gated: boolean, table: readonly Row[]): ConvShape[] =>
  table.map(([name, input, size, stride, channels, quick = false]) => ({
    name,
    input,
    size,
    stride,
    channels,
    gated,
    quick,
  }));

/** The convolutions of ResNet-18 on 64-pixel and of ResNet-50 on 224-pixel images: the ones that gates ask about. */
const residual = rows(true, [
  ['R18@64 stem 7x7/2 3>64 b4', [4, 64, 64, 3], 7, 2, 64],
  ['R18@64 s1 3x3 64 b4', [4, 16, 16, 64], 3, 1, 64, true],
  ['R18@64 3x3/2 64>128 b4', [4, 16, 16, 64], 3, 2, 128],
  ['R18@64 1x1/2 64>128 b4', [4, 16, 16, 64], 1, 2, 128, true],
  ['R18@64 s2 3x3 128 b4', [4, 8, 8, 128], 3, 1, 128],
  ['R18@64 s3 3x3 256 b4', [4, 4, 4, 256], 3, 1, 256],
  ['R18@64 s4 3x3 512 b4', [4, 2, 2, 512], 3, 1, 512],
  ['R50@224 1x1 56 64>256 b1', [1, 56, 56, 64], 1, 1, 256],
  ['R50@224 1x1 56 256>64 b1', [1, 56, 56, 256], 1, 1, 64],
  ['R50@224 1x1 14 1024>256 b1', [1, 14, 14, 1024], 1, 1, 256],
  ['R50@224 1x1/2 28 512>1024 b1', [1, 28, 28, 512], 1, 2, 1024],
  ['R50@224 1x1 7 2048>512 b1', [1, 7, 7, 2048], 1, 1, 512],
  ['R50@224 3x3/2 28 128 b1', [1, 28, 28, 128], 3, 2, 128, true],
]);

/** Small and odd ones, for information. */
const odd = rows(false, [
  ['small 3x3/2 3>16 @64 b16', [16, 64, 64, 3], 3, 2, 16],
  ['small 3x3 8>8 @32 b16', [16, 32, 32, 8], 3, 1, 8],
  ['small 3x3 16>32 @32 b8', [8, 32, 32, 16], 3, 1, 32],
  ['small 1x1 24>20 @17 b8', [8, 17, 17, 24], 1, 1, 20],
  ['odd 3x3/2 5>7 @33 b8', [8, 33, 33, 5], 3, 2, 7, true],
]);

/** On a GPU a single image keeps it busy for microseconds only. */
const gpuBatch = 32;

export function convShapes({ quick, gpu, tiny }: { quick: boolean; gpu: boolean; tiny: boolean }): ConvShape[] {
  const all = [...residual, ...odd].filter((shape) => !quick || shape.quick);
  if (!gpu || tiny) return all;
  return all.map((shape) => ({
    ...shape,
    name: shape.name.replace(/ b\d+$/, ` b${gpuBatch}`),
    input: [gpuBatch, ...(shape.input.slice(1) as [number, number, number])],
  }));
}

/** Padding before and after on each side, as PyTorch has it, and the output's extent. */
export function geometryOf({ input, size, stride }: ConvShape): { pad: number; height: number; width: number } {
  const pad = Math.floor(size / 2);
  const after = (extent: number): number => Math.floor((extent + 2 * pad - size) / stride) + 1;
  return { pad, height: after(input[1]), width: after(input[2]) };
}

/** Floating-point operations of the convolution, and of each of its two gradients; taps on padding count. */
export function flopsOf(shape: ConvShape): number {
  const { height, width } = geometryOf(shape);
  return 2 * shape.input[0] * height * width * shape.channels * shape.size * shape.size * shape.input[3];
}

type BatchNormShape = readonly [number, number, number, number];

/** Batch-norm inputs: `[batch, height, width, channels]`, and whether the quick run keeps them. */
const batchNormTable: readonly { readonly shape: BatchNormShape; readonly quick: boolean }[] = [
  { shape: [16, 32, 32, 32], quick: false },
  { shape: [16, 16, 16, 64], quick: true },
  { shape: [2, 56, 56, 64], quick: false },
  { shape: [8, 14, 14, 256], quick: false },
  { shape: [8, 7, 7, 512], quick: true },
];

export function batchNormShapes({
  quick,
  gpu,
  tiny,
}: {
  quick: boolean;
  gpu: boolean;
  tiny: boolean;
}): BatchNormShape[] {
  const more = gpu && !tiny ? gpuBatch : 1;
  return batchNormTable
    .filter((row) => !quick || row.quick)
    .map(({ shape: [batch, height, width, channels] }) => [more * batch, height, width, channels]);
}

/** Shapes of all trained variables of a ResNet-18 with bottleneck, by which the optimizer's step is measured. */
export function resNet18Variables(): number[][] {
  const shapes: number[][] = [[7, 7, 3, 64], [64], [64]];
  let channels = 64;
  for (const width of [64, 128, 256, 512]) {
    for (let block = 0; block < 2; block++) {
      shapes.push([3, 3, channels, width], [width], [width], [3, 3, width, width], [width], [width]);
      if (channels !== width) shapes.push([1, 1, channels, width], [width], [width]);
      channels = width;
    }
  }
  return [...shapes, [512, 256], [256]];
}
