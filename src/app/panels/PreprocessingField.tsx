import type { ModelSummary, PreprocessingChoice, PreprocessingSummary } from '../../shared/modelSummary';
import type { Failure } from '../../shared/failure';
import { Disclosure } from '../components/Disclosure';
import { NumberField, SelectField } from '../components/Fields';
import { measured } from '../state/units';
import { useActions } from '../state/useStudio';

interface Props {
  readonly model: ModelSummary;
  readonly locked: boolean;
}

const presetLabels = {
  imagenet: 'ImageNet mean and deviation',
  minus1to1: '−1 to 1',
  '0to1': '0 to 1',
  '0to255': '0 to 255',
  own: 'Stated by the file',
} as const;

const choices: readonly { value: Extract<PreprocessingChoice, string> | 'own'; label: string }[] = [
  { value: 'guess', label: 'Find out from the model' },
  { value: 'file', label: 'As the file states' },
  { value: 'imagenet', label: presetLabels.imagenet },
  { value: 'minus1to1', label: presetLabels.minus1to1 },
  { value: '0to1', label: presetLabels['0to1'] },
  { value: '0to255', label: presetLabels['0to255'] },
  { value: 'own', label: 'Own mean and deviation' },
];

const numbers = (values: readonly number[]): string => values.map((value) => Number(value.toPrecision(3))).join(' / ');

function chosenPreprocessing({ origin, preset }: PreprocessingSummary): (typeof choices)[number]['value'] {
  if (origin === 'guess' || origin === 'default') return 'guess';
  return origin === 'file' ? 'file' : preset;
}

/** How sure a guess is, from the distances of the best candidate and the next. */
function guessWords(best: number, next: number): string {
  const ratio = next / Math.max(best, 1e-9);
  const compared = `${ratio.toFixed(1)}× nearer to the stored statistics than the next (${measured(best)} against ${measured(next)})`;
  return ratio >= 1.5 ? `clear, ${compared}.` : `a close call, only ${compared}. Choose it yourself if you know it.`;
}

/** How pixel values become network input, who decided it and how sure that is. */
export function PreprocessingField({ model, locked }: Props) {
  const { setPreprocessing } = useActions();
  const { preprocessing } = model;
  const [best, second] = preprocessing.scores;
  const explanation = {
    file: `The file states it: mean ${numbers(preprocessing.mean)}, deviation ${numbers(preprocessing.std)} of pixels in 0 to 1.`,
    person:
      preprocessing.preset === 'own'
        ? 'Your own numbers, for pixels in 0 to 1: (pixel − mean) / deviation.'
        : `${presetLabels[preprocessing.preset]}, your choice.`,
    default: `${presetLabels[preprocessing.preset]} until paired RGB images allow a guess.`,
    guess:
      best !== undefined && second !== undefined
        ? `${presetLabels[preprocessing.preset]}: ${guessWords(best.score, second.score)}`
        : `${presetLabels[preprocessing.preset]}.`,
  }[preprocessing.origin];
  return (
    <div>
      <SelectField
        label="Preprocessing"
        value={chosenPreprocessing(preprocessing)}
        options={choices}
        disabled={locked}
        help={explanation}
        onChange={(value) => {
          const choice = choices.find((option) => option.value === value);
          if (choice === undefined) return;
          const { mean, std } = preprocessing;
          void setPreprocessing(model.modelId, choice.value === 'own' ? { mean, std } : choice.value);
        }}
      />
      {preprocessing.origin === 'person' && preprocessing.preset === 'own' && (
        <OwnNumbers model={model} locked={locked} />
      )}
      {preprocessing.scores.length > 0 && (
        <Disclosure summary="Scores of the guess">
          <ul className="space-y-0.5 text-xs text-ink-2">
            {preprocessing.scores.map(({ preset, score }) => (
              <li key={preset} className="flex justify-between">
                <span>{preset in presetLabels ? presetLabels[preset as keyof typeof presetLabels] : preset}</span>
                <span className="font-medium">{measured(score)}</span>
              </li>
            ))}
          </ul>
          <p className="mt-1 text-xs text-ink-3">
            Distance of the batch-norm inputs from the stored statistics; lower fits better.
          </p>
        </Disclosure>
      )}
    </div>
  );
}

const notNumbers: Failure = {
  code: 'bad-setting',
  message: 'These are no numbers for the channels.',
  remedy: 'Give one number for all or three with commas, deviations above 0.',
};

/** One number for all channels, or one for each of red, green and blue. */
function parseTriple(text: string, isAllowed: (value: number) => boolean): readonly [number, number, number] | null {
  const values = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  const [first, second = first, third = first] = values;
  if (first === undefined || second === undefined || third === undefined) return null;
  const isFine = [1, 3].includes(values.length) && values.every((value) => Number.isFinite(value) && isAllowed(value));
  return isFine ? [first, second, third] : null;
}

/** Mean and deviation as a training program states them. */
function OwnNumbers({ model, locked }: Props) {
  const { setPreprocessing } = useActions();
  const { mean, std } = model.preprocessing;
  return (
    <div className="mt-2 grid grid-cols-1 gap-2 sm:grid-cols-2">
      <NumberField
        label="Mean"
        value={mean.join(', ')}
        disabled={locked}
        onCommit={(text) => {
          const values = parseTriple(text, () => true);
          if (values) void setPreprocessing(model.modelId, { mean: values, std });
          return values ? null : notNumbers;
        }}
      />
      <NumberField
        label="Deviation"
        value={std.join(', ')}
        disabled={locked}
        onCommit={(text) => {
          const values = parseTriple(text, (value) => value > 0);
          if (values) void setPreprocessing(model.modelId, { mean, std: values });
          return values ? null : notNumbers;
        }}
      />
    </div>
  );
}
