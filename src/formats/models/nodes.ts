import { StudioError } from '../../shared/failure';
import type { NodeSpec, Padding2D } from './format';
import { sizeOf } from './storedTensor';

/** The nodes of a network under construction. */
export interface Nodes {
  readonly nodes: readonly NodeSpec[];
  readonly notes: ReadonlySet<string>;
  has(name: string): boolean;
  /** Appends a node; its inputs must be there. Returns its name. */
  add(node: NodeSpec): string;
  /** Shape of a node's output without the batch dimension. */
  shapeOf(node: string): readonly number[];
  /** A remark for the person. */
  note(text: string): void;
}

const MOST_NODES = 20_000;
/** Largest output of one node for one image: 400 MB in float32. */
const MOST_VALUES = 1e8;
const EXPORT_AGAIN = 'Export the model again from its training program.';

function badModel(message: string): never {
  throw new StudioError({ code: 'bad-model', message, remedy: EXPORT_AGAIN });
}

/** @throws StudioError from `add`: 'bad-model' when nothing is left of the image, 'too-large' above the limits */
export function createNodes(): Nodes {
  const nodes: NodeSpec[] = [];
  const shapes = new Map<string, readonly number[]>();
  const notes = new Set<string>();
  return {
    nodes,
    notes,
    has: (name) => shapes.has(name),
    add(node) {
      if (node.outputShape.some((length) => length < 1)) {
        badModel(`The image has no pixels left after the layer ${node.name}: the model's input is too small.`);
      }
      if (nodes.length >= MOST_NODES || !(sizeOf(node.outputShape) <= MOST_VALUES)) {
        throw new StudioError({
          code: 'too-large',
          message: `The model is too large at the layer ${node.name}: its output is ${node.outputShape.join(' x ')}.`,
          remedy: 'Use a smaller model or a smaller input size.',
        });
      }
      nodes.push(node);
      shapes.set(node.name, node.outputShape);
      return node.name;
    },
    shapeOf: (node) => shapes.get(node) ?? badModel(`The model uses the output of ${node} before it exists.`),
    note: (text) => {
      notes.add(text);
    },
  };
}

type Pair = readonly [number, number];

/** Output size `[height, width]` of a window that moves over an image with explicit padding. */
export function windowedSize(
  image: Pair,
  windows: { readonly size: Pair; readonly strides: Pair; readonly dilations?: Pair; readonly padding: Padding2D },
): Pair {
  const { size, strides, dilations = [1, 1], padding } = windows;
  const along = (axis: 0 | 1, border: number): number =>
    Math.floor((image[axis] + border - ((size[axis] - 1) * dilations[axis] + 1)) / strides[axis]) + 1;
  return [along(0, padding.top + padding.bottom), along(1, padding.left + padding.right)];
}
