import type { Failure } from '../../shared/failure';
import type { ModelSummary, PreprocessingSummary } from '../../shared/modelSummary';
import { Disclosure } from '../components/Disclosure';
import { NumberField, SelectField } from '../components/Fields';
import { Message } from '../components/Message';
import { TableTwin } from '../components/TableTwin';
import type { PreprocessingChoice } from '../state/modelActions';
import { bytes, count, measured, plural } from '../state/units';
import { useActions } from '../state/useStudio';
import { Facts } from './Facts';
import { shownName, visibleText } from '../state/shownName';

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

const choices: readonly { value: PreprocessingChoice; label: string }[] = [
  { value: 'guess', label: 'Find out from the model' },
  { value: 'file', label: 'As the file states' },
  { value: 'imagenet', label: presetLabels.imagenet },
  { value: 'minus1to1', label: presetLabels.minus1to1 },
  { value: '0to1', label: presetLabels['0to1'] },
  { value: '0to255', label: presetLabels['0to255'] },
];

/** What was found in a model file. */
export function ModelDetails({ model, locked }: Props) {
  const [height, width, channels] = model.inputShape;
  return (
    <div className="mt-2 space-y-2.5">
      <Facts
        facts={[
          ['Format', model.format],
          ['Input', `${String(width)} × ${String(height)} × ${String(channels)}`],
          ['Classes', count(model.classCount)],
          ['Parameters', count(model.parameterCount)],
          ['Batch norm', model.batchNormLayers.length === 0 ? 'none' : plural(model.batchNormLayers.length, 'layer')],
          ['Size', bytes(model.sizeBytes)],
        ]}
      />
      {model.openSides && <InputSize model={model} locked={locked} />}
      <Preprocessing model={model} locked={locked} />
      {model.batchNormLayers.length === 0 && (
        <Message level="warning">
          This model has no batch-norm layers, so statistics matching is off. The other terms still work.
        </Message>
      )}
      {model.notes.map((note) => (
        <Message key={note} level="info">
          {visibleText(note)}
        </Message>
      ))}
      <div>
        <ClassNames model={model} />
        <Disclosure
          summary={`Layers: ${String(model.layers.length)}, the classifier is “${shownName(model.classifier)}”`}
        >
          <Facts
            facts={[
              ['Features', `${model.features} (${count(model.featureCount)})`],
              ['Classifier', `${model.classifier} (frozen)`],
              ['Bottleneck', model.bottleneck.length === 0 ? 'none' : model.bottleneck.join(', ')],
              ['Fingerprint', model.fingerprint.slice(0, 16)],
            ]}
          />
          <div className="mt-2">
            <TableTwin
              caption={`Layers of ${shownName(model.name)}`}
              table={{
                columns: ['Layer', 'Operation', 'Output', 'Parameters'],
                rows: model.layers.map((layer) => [
                  layer.name,
                  layer.op,
                  layer.outputShape.join(' × '),
                  layer.parameters,
                ]),
              }}
            />
          </div>
        </Disclosure>
      </div>
    </div>
  );
}

const sideFailure: Failure = {
  code: 'bad-setting',
  message: 'This is no image side.',
  remedy: 'Give a whole number of pixels from 1 to 4096.',
};

/** Height and width of the network's input, where the file leaves them to the person. */
function InputSize({ model, locked }: Props) {
  const { setInputSize } = useActions();
  const [height, width] = model.inputShape;
  const commit = (change: (side: number) => readonly [number, number]) => (text: string) => {
    const side = Number(text);
    if (!/^\d+$/.test(text.trim()) || side < 1 || side > 4096) return sideFailure;
    void setInputSize(model.modelId, ...change(side));
    return null;
  };
  return (
    <div>
      <div className="grid grid-cols-2 gap-2">
        <NumberField
          label="Input height"
          unit="px"
          value={String(height)}
          disabled={locked}
          onCommit={commit((side) => [side, width])}
        />
        <NumberField
          label="Input width"
          unit="px"
          value={String(width)}
          disabled={locked}
          onCommit={commit((side) => [height, side])}
        />
      </div>
      <p className="mt-1 text-xs text-ink-3">The file does not say it: use the size that the model was trained with.</p>
    </div>
  );
}

function ClassNames({ model }: { model: ModelSummary }) {
  return (
    <Disclosure
      summary={`Classes: ${model.classes.slice(0, 4).map(shownName).join(', ')}${model.classCount > 4 ? ' …' : ''}`}
    >
      <p className="text-xs wrap-anywhere text-ink-2">{model.classes.map(shownName).join(', ')}</p>
      <p className="mt-1 text-xs text-ink-3">{classOrigins[model.classesFrom]}</p>
    </Disclosure>
  );
}

const classOrigins = {
  file: 'Names stated by the model file.',
  folders: 'Names taken from the class folders.',
  numbers: 'The file names no classes; they are numbered.',
} as const;

const numbers = (values: readonly number[]): string => values.map((value) => Number(value.toPrecision(3))).join(' / ');

function chosenPreprocessing({ origin, preset }: PreprocessingSummary): PreprocessingChoice {
  if (origin === 'guess' || origin === 'default') return 'guess';
  return origin === 'file' || preset === 'own' ? 'file' : preset;
}

/** How sure a guess is, from the distances of the best candidate and the next. */
function guessWords(best: number, next: number): string {
  const ratio = next / Math.max(best, 1e-9);
  const compared = `${ratio.toFixed(1)}× nearer to the stored statistics than the next (${measured(best)} against ${measured(next)})`;
  return ratio >= 1.5 ? `clear, ${compared}.` : `a close call, only ${compared}. Choose it yourself if you know it.`;
}

/** How pixel values become network input, who decided it and how sure that is. */
function Preprocessing({ model, locked }: Props) {
  const { setPreprocessing } = useActions();
  const { preprocessing } = model;
  const [best, second] = preprocessing.scores;
  const explanation = {
    file: `The file states it: mean ${numbers(preprocessing.mean)}, deviation ${numbers(preprocessing.std)} of pixels in 0 to 1.`,
    person: `${presetLabels[preprocessing.preset]}, your choice.`,
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
          if (choice !== undefined) void setPreprocessing(model.modelId, choice.value);
        }}
      />
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
