import { EXPORT_WITH_NORM } from '../pytorchExport';
import type { NeededGraph } from './graph';

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
    `${folded} of ${convolutions.length} convolutions look as if the exporter had merged batch norm into them: ${left}. To keep it, export again: ${EXPORT_WITH_NORM}.`,
  ];
}
