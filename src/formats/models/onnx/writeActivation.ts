import type { ActivationName, NodeSpec } from '../format';
import type { OnnxWriter } from './writeContext';
import type { Attributes, OnnxSheet } from './writeSheet';

type Settings = NodeSpec<'activation'>['attributes'];

/** Adds nodes and constants that are named after the activation. */
interface Tools {
  readonly add: (opType: string, inputs: readonly string[], attributes?: Attributes) => string;
  readonly scalar: (value: number) => string;
}

type ActivationWriter = (x: string, tools: Tools, settings: Settings) => string;

const one =
  (opType: string, attributes?: Attributes): ActivationWriter =>
  (x, { add }) =>
    add(opType, [x], attributes);

/** `x * f(x)` */
const gated =
  (gate: ActivationWriter): ActivationWriter =>
  (x, tools, settings) =>
    tools.add('Mul', [x, gate(x, tools, settings)]);

const clip = (x: string, { add, scalar }: Tools, low: number, high: number): string =>
  add('Clip', [x, scalar(low), scalar(high)]);

const hardSigmoid6 = one('HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });

/** Keras' ReLU layer with all its settings; see `networks/activations.ts`. */
const relu: ActivationWriter = (x, tools, { alpha = 0, maxValue, threshold = 0 }) => {
  const { add, scalar } = tools;
  if (threshold === 0 && alpha === 0) return maxValue === undefined ? add('Relu', [x]) : clip(x, tools, 0, maxValue);
  if (threshold === 0 && maxValue === undefined) return add('LeakyRelu', [x], { alpha: { float: alpha } });
  const above = threshold === 0 ? add('Relu', [x]) : add('Where', [add('GreaterOrEqual', [x, scalar(threshold)]), x, scalar(0)]); // prettier-ignore
  const capped = maxValue === undefined ? above : add('Min', [above, scalar(maxValue)]);
  if (alpha === 0) return capped;
  const below = add('Relu', [add('Sub', [scalar(threshold), x])]);
  return add('Sub', [capped, add('Mul', [below, scalar(alpha)])]);
};

/** `x (1 + inner) / 2` */
const halfGate = (x: string, inner: string, { add, scalar }: Tools): string =>
  add('Mul', [add('Mul', [x, add('Add', [inner, scalar(1)])]), scalar(0.5)]);

const gelu: ActivationWriter = (x, tools) =>
  halfGate(x, tools.add('Erf', [tools.add('Div', [x, tools.scalar(Math.SQRT2)])]), tools);

const geluTanh: ActivationWriter = (x, tools) => {
  const { add, scalar } = tools;
  const cubic = add('Mul', [add('Mul', [x, add('Mul', [x, x])]), scalar(0.044715)]);
  const inner = add('Mul', [add('Add', [x, cubic]), scalar(Math.sqrt(2 / Math.PI))]);
  return halfGate(x, add('Tanh', [inner]), tools);
};

/** Every activation as operations of ONNX. */
const writers: Readonly<Record<ActivationName, ActivationWriter>> = {
  linear: one('Identity'),
  relu,
  relu6: (x, tools) => clip(x, tools, 0, 6),
  leakyRelu: (x, { add }, { alpha = 0.3 }) => add('LeakyRelu', [x], { alpha: { float: alpha } }),
  elu: (x, { add }, { alpha = 1 }) => add('Elu', [x], { alpha: { float: alpha } }),
  selu: one('Selu'),
  sigmoid: one('Sigmoid'),
  hardSigmoid: one('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  hardSigmoid6,
  hardSwish: gated(hardSigmoid6),
  swish: gated(one('Sigmoid')),
  gelu,
  geluTanh,
  tanh: one('Tanh'),
  softplus: one('Softplus'),
  softsign: one('Softsign'),
  mish: gated((x, { add }) => add('Tanh', [add('Softplus', [x])])),
  exponential: one('Exp'),
};

const toolsFor = (sheet: OnnxSheet, name: string): Tools => ({
  add: (opType, inputs, attributes) => sheet.add(opType, name, inputs, attributes),
  scalar: (value) => sheet.scalar(`${name}.constant`, value),
});

export const writeActivation: OnnxWriter<'activation'> = (node, [x = ''], { sheet }) =>
  writers[node.attributes.activation](x, toolsFor(sheet, node.name), node.attributes);
