import { StudioError } from '../../../shared/failure';
import type { FileBytes } from '../format';
import type { GraphMessage, NodeMessage, ValueMessage } from './messages';

const EXPORT_AGAIN = 'Export the model again from its training program.';

/** @throws StudioError 'bad-model', always */
export function badModel(message: string, remedy = EXPORT_AGAIN): never {
  throw new StudioError({ code: 'bad-model', message, remedy });
}

/** The part of a graph that its output needs. */
export interface NeededGraph {
  /** Each after the nodes that it depends on. */
  readonly nodes: readonly NodeMessage[];
  readonly input: ValueMessage;
  readonly output: string;
  readonly producers: ReadonlyMap<string, NodeMessage>;
  readonly consumers: ReadonlyMap<string, readonly NodeMessage[]>;
}

const short = (name: string): string => name.slice(0, 100);

function listed(names: readonly string[]): string {
  return `${names.slice(0, 4).map(short).join(', ')}${names.length > 4 ? ', …' : ''}`;
}

function producersOf(graph: GraphMessage, weights: ReadonlySet<string>, file: FileBytes) {
  const producers = new Map<string, NodeMessage>();
  for (const node of graph.nodes) {
    for (const output of node.outputs.filter((name) => name !== '')) {
      if (producers.has(output) || weights.has(output))
        badModel(`${file.path} gives two values the name ${short(output)}.`);
      producers.set(output, node);
    }
  }
  return producers;
}

/** Depth first from the output, with an explicit stack, so that loops are seen. */
function orderFrom(
  output: string,
  producers: ReadonlyMap<string, NodeMessage>,
  isGiven: (name: string) => boolean,
): readonly NodeMessage[] {
  const first = producers.get(output) ?? badModel(`The model's output ${short(output)} is computed by no node.`);
  const state = new Map<NodeMessage, 'entered' | 'done'>();
  const order: NodeMessage[] = [];
  const stack = [first];
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    if (state.get(node) !== undefined) {
      stack.pop();
      if (state.get(node) === 'entered') order.push(node);
      state.set(node, 'done');
      continue;
    }
    state.set(node, 'entered');
    for (const input of node.inputs.toReversed()) {
      if (input === '' || isGiven(input)) continue;
      const before = producers.get(input) ?? badModel(`The node ${short(node.name)} uses ${short(input)}, which the model does not have.`); // prettier-ignore
      if (state.get(before) === 'entered')
        badModel(`The model's graph has a loop through the node ${short(before.name)}.`);
      if (state.get(before) === undefined) stack.push(before);
    }
  }
  return order;
}

function consumersOf(nodes: readonly NodeMessage[]): ReadonlyMap<string, readonly NodeMessage[]> {
  const consumers = new Map<string, NodeMessage[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      const users = consumers.get(input);
      if (users) users.push(node);
      else consumers.set(input, [node]);
    }
  }
  return consumers;
}

/** @throws StudioError 'unsupported-layer' when a node uses a second output of another, such as the indices of a MaxPool */
export function requireFirstOutputs({ nodes, consumers }: NeededGraph): void {
  for (const node of nodes) {
    const used = node.outputs.slice(1).find((output) => output !== '' && consumers.has(output));
    if (used === undefined) continue;
    throw new StudioError({
      code: 'unsupported-layer',
      message: `The node ${short(node.name)} (${node.opType}) gives several values that are used (${short(used)}), which is not supported.`,
      remedy: 'Change or remove this layer in the model and export it again.',
    });
  }
}

/**
 * The nodes that the only output needs, in order. Linear in the size of the graph.
 *
 * @throws StudioError 'bad-model' with several inputs or outputs, a loop or a value that nobody computes
 */
export function neededGraph(graph: GraphMessage, file: FileBytes): NeededGraph {
  const weights = new Set(graph.initializers.map(({ name }) => name));
  if (weights.size < graph.initializers.length) badModel(`${file.path} has two weights of one name.`);
  if (graph.hasSparse) badModel(`${file.path} has sparse weights.`, 'Export the model with ordinary (dense) weights.');
  const inputs = graph.inputs.filter(({ name }) => !weights.has(name));
  const [input, ...moreInputs] = inputs;
  if (!input || moreInputs.length > 0) {
    return badModel(
      `The model has ${inputs.length} inputs (${listed(inputs.map(({ name }) => name))}); one image is needed.`,
      'Export a model with one image as its only input.',
    );
  }
  const [output, ...moreOutputs] = graph.outputs;
  if (!output || moreOutputs.length > 0) {
    return badModel(
      `The model has ${graph.outputs.length} outputs (${listed(graph.outputs.map(({ name }) => name))}); a classifier has one.`,
      'Export a model with the class scores as its only output.',
    );
  }
  const producers = producersOf(graph, weights, file);
  const nodes = orderFrom(output.name, producers, (name) => weights.has(name) || name === input.name);
  const consumers = consumersOf(nodes);
  return { nodes, input, output: output.name, producers, consumers };
}
