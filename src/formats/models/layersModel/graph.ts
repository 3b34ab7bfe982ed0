import { StudioError } from '../../../shared/failure';
import type { NodeSpec } from '../format';
import type { KerasLayer } from './topology';
import type { WeightSource } from './weightSource';

/** A network under construction. */
export interface Graph extends WeightSource {
  readonly nodes: readonly NodeSpec[];
  readonly notes: ReadonlySet<string>;
  /** Version 3 changed what some names mean. */
  readonly kerasMajor: number;
  /** A name for a node of a layer that no other node has. */
  nameFor(layer: KerasLayer, suffix?: string): string;
  /** Appends a node; its inputs must be there. Returns its name. */
  add(node: NodeSpec): string;
  /** Shape of a node's output without the batch dimension. */
  shapeOf(node: string): readonly number[];
  note(text: string): void;
}

const EXPORT_AGAIN = 'Export the model again with tensorflowjs_converter or model.save().';
const MOST_NODES = 20_000;
/** Largest output of one node for one image: 400 MB in float32. */
const MOST_VALUES = 1e8;

function badModel(message: string, remedy = EXPORT_AGAIN): never {
  throw new StudioError({ code: 'bad-model', message, remedy });
}

export function createGraph(source: WeightSource, kerasMajor: number): Graph {
  const nodes: NodeSpec[] = [];
  const shapes = new Map<string, readonly number[]>();
  const notes = new Set<string>();

  return {
    ...source,
    nodes,
    notes,
    kerasMajor,
    nameFor(layer, suffix = '') {
      const path = [...layer.scope, layer.layer].join('/');
      const names = [layer.layer + suffix, path + suffix];
      for (let copy = 2; names.every((name) => shapes.has(name)); copy += 1) names.push(`${path}${suffix}_${copy}`);
      return names.find((name) => !shapes.has(name)) ?? path;
    },
    add(node) {
      const size = node.outputShape.reduce((product, length) => product * length, 1);
      if (node.outputShape.some((length) => length < 1)) {
        badModel(`The image has no pixels left after the layer ${node.name}: the model's input is too small.`);
      }
      if (nodes.length >= MOST_NODES || size > MOST_VALUES) {
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
