import type { Context } from './context';
import type { NeededGraph } from './graph';
import type { NodeMessage } from './messages';
import { sizeOf } from '../storedTensor';
import { isConstant } from './values';

const plural = (count: number, name: string): string => `${count} ${name} layer${count === 1 ? ' was' : 's were'}`;

/** Before operator set 14, batch norm that gives its statistics as well is in training mode. */
const isTrainingNorm = ({ opType, attributes, outputs }: NodeMessage, opset: number): boolean =>
  opType === 'BatchNormalization' &&
  (opset < 14 ? outputs.slice(1).some((name) => name !== '') : (attributes.get('training_mode')?.int ?? 0) !== 0);

function isTrainingDropout({ opType, inputs }: NodeMessage, { opset, values }: Context): boolean {
  const training = values.get(inputs[2] ?? '');
  return (
    opType === 'Dropout' &&
    opset >= 12 &&
    isConstant(training) &&
    sizeOf(training.shape) === 1 &&
    training.values()[0] !== 0
  );
}

/** Says which layers the file keeps in training mode, where they do something else than here. */
export function trainingNotes({ nodes }: NeededGraph, context: Context): readonly string[] {
  const norms = nodes.filter((node) => isTrainingNorm(node, context.opset)).length;
  const dropouts = nodes.filter((node) => isTrainingDropout(node, context)).length;
  const notes: string[] = [];
  if (norms > 0) {
    notes.push(
      `${plural(norms, 'batch norm')} exported in training mode, which takes the statistics of each batch: the running statistics are used here.`,
    );
  }
  if (dropouts > 0) {
    notes.push(
      `${plural(dropouts, 'dropout')} exported in training mode, which leaves out values at random: none are left out here.`,
    );
  }
  return notes;
}
