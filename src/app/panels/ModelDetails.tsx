import type { Failure } from '../../shared/failure';
import type { ModelSummary } from '../../shared/modelSummary';
import { Disclosure } from '../components/Disclosure';
import { NumberField } from '../components/Fields';
import { Message } from '../components/Message';
import { TableTwin } from '../components/TableTwin';
import { bytes, count, plural } from '../state/units';
import { useActions } from '../state/useStudio';
import { Facts } from './Facts';
import { PreprocessingField } from './PreprocessingField';
import { shownName, visibleText } from '../state/shownName';

interface Props {
  readonly model: ModelSummary;
  readonly locked: boolean;
}

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
      <PreprocessingField model={model} locked={locked} />
      {model.batchNormLayers.length === 0 && (
        <Message level="warning">
          This model has no batch-norm layers, so statistics matching is off. The other terms still work.
        </Message>
      )}
      <Notes notes={model.notes} />
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

/** What was changed or assumed on the way in. */
function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <Message level="info">
      <ul className="space-y-1">
        {notes.map((note) => (
          <li key={note}>{visibleText(note)}</li>
        ))}
      </ul>
    </Message>
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
