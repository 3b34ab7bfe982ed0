import type { OpenedModel, StateDictPlace } from '../format';
import { withHead } from '../head';
import type { OpenOptions } from '../modelFormat';
import type { Architecture } from './architecture';
import { answerTo, ask } from './choices';
import { createWeightSource, isCounter, type Keys } from './keys';
import { createTorchLayers, DEFAULTS_NOTE } from './layers';
import { mobileNetV2 } from './mobileNetV2';
import { joinParts, requireAllParts } from './parts';
import { resnet } from './resnet';
import type { StateDict } from './stateDict';
import { refuseUnknown } from './unknown';
import { vgg } from './vgg';
import { wrapperOf } from './wrappers';

/** Every family of networks that is known by its keys, asked in order. */
const architectures: readonly Architecture[] = [resnet, mobileNetV2, vgg];

/** What was read other than it stands in the file. */
function notesOf({ byKey, prefix }: Keys, size: readonly [number, number], isAsked: boolean): readonly string[] {
  const types = new Set([...byKey.values()].map(({ stored }) => stored));
  types.delete('float32');
  return [
    DEFAULTS_NOTE,
    ...(isAsked ? [] : [`A PyTorch file does not state the size of its images: ${size.join(' x ')} is assumed.`]),
    ...(prefix ? [`“${prefix}” before the weights' names was ignored.`] : []),
    ...(types.size > 0 ? [`Weights stored as ${[...types].join(' and ')} were read as float32.`] : []),
  ];
}

const placeOf = ({ file, path, tensors }: StateDict): StateDictPlace => ({
  file,
  keys: path,
  wrapper: wrapperOf([...tensors.keys()].filter((key) => !isCounter(key))),
});

/**
 * Opens the network that a state dict belongs to: recognised by its keys and their shapes, of which none may be missing
 * or left over. Several state dicts are the parts of one model.
 *
 * @param format for people: `PyTorch checkpoint`
 * @throws StudioError 'unsupported-format' for a network that is not known, 'bad-model' when it differs from those that
 *   are, 'choice-needed' when several fit, 'missing-file' for a part of one, or what its weights are refused for
 */
export function openStateDicts(format: string, dicts: readonly StateDict[], options: OpenOptions): OpenedModel {
  const keys = joinParts(dicts);
  const known = architectures.find((family) => family.matches(createWeightSource(keys, family.label)));
  requireAllParts(createWeightSource(keys, 'a part of a source model'));
  if (!known) return refuseUnknown(keys);
  const source = createWeightSource(keys, known.label);
  const question = known.designs(source);
  const chosen = answerTo(question, options.choice);
  // A file that is none of the family is refused before anything is asked about it.
  const design = chosen ?? question.answers[0]?.value;
  if (!design) throw new Error(`${known.label} without a design`);
  const size = options.inputSize ?? [design.side, design.side];
  const layers = createTorchLayers(source);
  const output = design.build(layers, size);
  source.requireAllTaken();
  if (!chosen) ask(keys.file, question, options.choice);
  const notes = [...notesOf(keys, size, options.inputSize !== undefined), ...design.notes, ...layers.nodes.notes];
  return {
    spec: withHead(design.name, layers.nodes.nodes, output),
    weights: layers.parameters.weights,
    metadata: {
      format,
      classes: null,
      preprocessing: null,
      resize: null,
      openSides: true,
      stateDicts: dicts.map(placeOf),
      notes,
    },
  };
}
