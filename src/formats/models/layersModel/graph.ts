import { createNodes, type Nodes } from '../nodes';
import type { KerasLayer } from './topology';
import type { WeightSource } from './weightSource';

/** A network under construction. */
export interface Graph extends WeightSource, Nodes {
  /** Version 3 changed what some names mean. */
  readonly kerasMajor: number;
  /** A name for a node of a layer that no other node has. */
  nameFor(layer: KerasLayer, suffix?: string): string;
}

export function createGraph(source: WeightSource, kerasMajor: number): Graph {
  const nodes = createNodes();
  return {
    ...source,
    ...nodes,
    kerasMajor,
    nameFor(layer, suffix = '') {
      const path = [...layer.scope, layer.layer].join('/');
      const names = [layer.layer + suffix, path + suffix];
      for (let copy = 2; names.every((name) => nodes.has(name)); copy += 1) names.push(`${path}${suffix}_${copy}`);
      return names.find((name) => !nodes.has(name)) ?? path;
    },
  };
}
