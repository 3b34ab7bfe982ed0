import type { Graph } from './graph';
import type { KerasLayer } from './topology';

/**
 * Appends the nodes of one layer class to the network.
 *
 * @param inputs names of the nodes that feed the layer
 * @returns name of the node that holds the layer's output
 * @throws StudioError 'unsupported-layer' or 'bad-model', naming the layer
 */
export type LayerReader = (layer: KerasLayer, inputs: readonly string[], graph: Graph) => string;
