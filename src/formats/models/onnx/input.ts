import type { OpenOptions } from '../modelFormat';
import type { Nodes } from '../nodes';
import { badModel, type NeededGraph } from './graph';
import { BATCH, channelsFirst, type Activation, type Axes } from './values';

/** Sides that the file leaves open. */
const OPEN_SIDE = 224;
const LONGEST_SIDE = 8192;

/** What the file says about its images. */
export interface ImageInput {
  /** `[height, width]`, null where open. */
  readonly sides: readonly [number | null, number | null];
  readonly channels: number;
  readonly axes: Axes;
  /** Images at once; null where open. */
  readonly batch: number | null;
}

const channelsLast: Axes = [[BATCH], [0], [1], [2]];
const isColours = (length: number | null | undefined): boolean => length === 1 || length === 3;

/** Channels that the first convolution or the first exchange of axes takes, where the file leaves them open. */
function lengthsOf({ input, consumers }: NeededGraph, weightShape: (name: string) => readonly number[] | undefined) {
  const lengths = input.shape ?? [];
  const [user] = consumers.get(input.name) ?? [];
  if (user?.opType !== 'Conv' || lengths.length !== 4 || lengths[1] !== null) return lengths;
  return lengths.map((length, axis) => (axis === 1 ? (weightShape(user.inputs[1] ?? '')?.[1] ?? length) : length));
}

/**
 * The image that a model takes: `[batch, channels, height, width]` or, as TensorFlow has it, channels last.
 *
 * @throws StudioError 'bad-model' when it takes something else
 */
export function imageInputOf(
  graph: NeededGraph,
  weightShape: (name: string) => readonly number[] | undefined,
): ImageInput {
  if (!graph.input.shape) badModel('The model does not say how large its input images are.');
  const [batch = null, ...rest] = lengthsOf(graph, weightShape);
  if (rest.length !== 3) {
    badModel(
      `The model takes ${rest.length === 1 ? 'a list of values' : `data with ${rest.length + 1} axes`} and not an image.`,
      'Use a model that takes whole images, with its convolution layers.',
    );
  }
  const [a = null, b = null, c = null] = rest;
  if (isColours(a)) return { sides: [b, c], channels: a ?? 0, axes: channelsFirst, batch };
  if (isColours(c)) return { sides: [a, b], channels: c ?? 0, axes: channelsLast, batch };
  return badModel(
    `The model's input has the lengths [${[batch, a, b, c].map((length) => length ?? 'open').join(', ')}]; 3 channels (colour) or 1 (grey) are needed.`,
    'Use a model for colour or grey images.',
  );
}

/**
 * Appends the input node.
 *
 * @param size `[height, width]` for sides that the file leaves open; 224 x 224 where it is missing
 */
export function addInput(name: string, image: ImageInput, nodes: Nodes, size: OpenOptions['inputSize']): Activation {
  const [height, width] = image.sides.map((side, axis) => side ?? size?.[axis] ?? OPEN_SIDE);
  const isSide = (side: number | undefined): side is number =>
    side !== undefined && Number.isInteger(side) && side > 0 && side <= LONGEST_SIDE;
  if (!isSide(height) || !isSide(width)) return badModel(`The model's input size ${JSON.stringify([height, width])} is unusable.`); // prettier-ignore
  if (!size && image.sides.includes(null)) {
    nodes.note(`The model leaves its input size open; ${height} x ${width} is used.`);
  }
  const shape = [height, width, image.channels] as const;
  nodes.add({ name, op: 'input', inputs: [], attributes: { shape }, parameters: {}, outputShape: shape });
  return { kind: 'activation', node: name, shape, axes: image.axes };
}
