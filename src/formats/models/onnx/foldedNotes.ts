import type { NeededGraph } from './graph';

/**
 * The way to a file in which batch norm is still there: PyTorch merges it only in exports for evaluation. The model is in
 * evaluation mode all the same, because an export in training mode moves the running statistics.
 */
const WAY_OUT =
  'To keep it, export again: model.eval(), then torch.onnx.export(model, x, "model.onnx", training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, dynamo=False), before PyTorch 2.5 without dynamo=False.';

/**
 * Says when an exporter merged the batch norm into the convolutions: they have biases, and no batch norm follows them.
 */
export function foldedNotes({ nodes, consumers }: NeededGraph): readonly string[] {
  const norms = nodes.filter(({ opType }) => opType === 'BatchNormalization').length;
  const convolutions = nodes.filter(({ opType }) => opType === 'Conv');
  const folded = convolutions.filter(
    ({ inputs, outputs }) =>
      (inputs[2] ?? '') !== '' &&
      !(consumers.get(outputs[0] ?? '') ?? []).some(({ opType }) => opType === 'BatchNormalization'),
  ).length;
  if (folded === 0 || folded <= norms) return [];
  const left = norms === 0 ? 'there is none left, so that matching of its statistics is off' : `only ${norms} of it are left for matching`; // prettier-ignore
  return [
    `${folded} of ${convolutions.length} convolutions look as if the exporter had merged batch norm into them: ${left}. ${WAY_OUT}`,
  ];
}
