import { createNodes, type Nodes } from '../nodes';
import type { KerasLayer } from './topology';
import type { WeightSource } from './weightSource';

/** Whose words a model is described in: the same ones do not always compute the same. */
export interface Dialect {
  /** Version 3 changed what some names mean. */
  readonly kerasMajor: number;
  /** Made for tfjs, and not for Keras or converted from it. */
  readonly isOfTfjs: boolean;
}

/** A network under construction. */
export interface Graph extends WeightSource, Nodes, Dialect {
  /** A name for a node of a layer that no other node has. */
  nameFor(layer: KerasLayer, suffix?: string): string;
}

export function createGraph(source: WeightSource, dialect: Dialect): Graph {
  const nodes = createNodes();
  return {
    ...source,
    ...nodes,
    ...dialect,
    nameFor(layer, suffix = '') {
      const path = [...layer.scope, layer.layer].join('/');
      const names = [layer.layer + suffix, path + suffix];
      for (let copy = 2; names.every((name) => nodes.has(name)); copy += 1) names.push(`${path}${suffix}_${copy}`);
      return names.find((name) => !nodes.has(name)) ?? path;
    },
  };
}
