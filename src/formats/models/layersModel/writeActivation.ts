import type { ActivationName, NodeSpec } from '../format';
import { cannotWrite, type NodeWriter, type WriteContext } from './nodeWriter';

type ActivationNode = NodeSpec<'activation'>;

/** Activations that tfjs knows by name. */
const tfjsNames = new Map<ActivationName, string>([
  ['linear', 'linear'],
  ['relu6', 'relu6'],
  ['selu', 'selu'],
  ['sigmoid', 'sigmoid'],
  ['hardSigmoid', 'hard_sigmoid'],
  ['swish', 'swish'],
  ['gelu', 'gelu'],
  ['tanh', 'tanh'],
  ['softplus', 'softplus'],
  ['softsign', 'softsign'],
  ['mish', 'mish'],
]);

/** Adds layers for steps of a node, named after it. */
function steps(node: ActivationNode, { sheet, prefix }: WriteContext) {
  const add = (className: string, step: string, inputs: readonly string[], config = {}): string =>
    sheet.add(className, `${prefix}${node.name}${step}`, inputs, config);
  return {
    add,
    /** `x * scale + offset` */
    scaled: (step: string, input: string, scale: number, offset = 0): string =>
      add('Rescaling', step, [input], { scale, offset }),
  };
}

/** `relu6(x + 3) / 6` */
function writeHardSigmoid6(node: ActivationNode, input: string, context: WriteContext, step: string): string {
  const { add, scaled } = steps(node, context);
  const clipped = add('ReLU', '_clip', [scaled('_shift', input, 1, 3)], { max_value: 6 });
  return scaled(step, clipped, 1 / 6);
}

/** `0.5 x (1 + tanh(c (x + 0.044715 x^3)))`, `c = sqrt(2 / pi)` */
function writeGeluTanh(node: ActivationNode, input: string, context: WriteContext): string {
  const { add, scaled } = steps(node, context);
  const constant = Math.sqrt(2 / Math.PI);
  const square = add('Multiply', '_square', [input, add('Activation', '_copy', [input], { activation: 'linear' })]);
  const inner = add('Multiply', '_inner', [input, scaled('_cubic', square, 0.044715 * constant, constant)]);
  const gate = scaled('_gate', add('Activation', '_tanh', [inner], { activation: 'tanh' }), 0.5, 0.5);
  return add('Multiply', '', [input, gate]);
}

/** `alpha (exp(x) - 1)` below 0: `alpha elu(x) + (1 - alpha) relu(x)`. */
function writeElu(node: ActivationNode, input: string, context: WriteContext): string {
  const { add, scaled } = steps(node, context);
  const { alpha = 1 } = node.attributes;
  if (alpha === 1) return add('Activation', '', [input], { activation: 'elu' });
  const elu = scaled('_curve', add('Activation', '_elu', [input], { activation: 'elu' }), alpha);
  return add('Add', '', [elu, scaled('_line', add('ReLU', '_relu', [input]), 1 - alpha)]);
}

/** tfjs knows only `max_value`; slope and threshold are composed. */
function writeRelu(node: ActivationNode, input: string, context: WriteContext): string {
  const { add, scaled } = steps(node, context);
  const { alpha = 0, maxValue, threshold = 0 } = node.attributes;
  if (threshold < 0) return cannotWrite(node, `its threshold ${threshold} is negative`);
  const maximum = maxValue === undefined ? {} : { max_value: maxValue };
  if (alpha === 0 && threshold === 0) return add('ReLU', '', [input], maximum);
  const last = alpha === 0 ? '' : '_above';
  const passed = threshold === 0 ? input : add('ThresholdedReLU', '_threshold', [input], { theta: threshold });
  const above = add('ReLU', last, [passed], maximum);
  if (alpha === 0) return above;
  const below = add('ReLU', '_below', [scaled('_negated', input, -1, threshold)]);
  return add('Add', '', [above, scaled('_slope', below, -alpha)]);
}

/** Activations that are composed of several layers. */
const composed = new Map<ActivationName, (node: ActivationNode, input: string, context: WriteContext) => string>([
  ['relu', writeRelu],
  ['elu', writeElu],
  ['geluTanh', writeGeluTanh],
  ['hardSigmoid6', (node, input, context) => writeHardSigmoid6(node, input, context, '')],
  [
    'hardSwish',
    (node, input, context) =>
      steps(node, context).add('Multiply', '', [input, writeHardSigmoid6(node, input, context, '_gate')]),
  ],
  [
    'leakyRelu',
    (node, input, context) =>
      steps(node, context).add('LeakyReLU', '', [input], { alpha: node.attributes.alpha ?? 0.3 }),
  ],
]);

export const writeActivation: NodeWriter<'activation'> = (node, [input = ''], context) => {
  const { activation } = node.attributes;
  const write = composed.get(activation);
  if (write) return write(node, input, context);
  const name = tfjsNames.get(activation);
  if (name === undefined) return cannotWrite(node, `tfjs has no activation “${activation}”`);
  return steps(node, context).add('Activation', '', [input], { activation: name });
};
