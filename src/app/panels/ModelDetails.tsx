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
import { visibleText } from '../../shared/visibleText';
import { shownName } from '../state/shownName';

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
          ['Input', `${String(height)} × ${String(width)} × ${String(channels)}`],
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

const noSize: Failure = {
  code: 'bad-setting',
  message: 'This is no image size.',
  remedy: 'Give height × width in pixels from 1 to 4096, for example 48 × 192, or one number for both.',
};

/** `[height, width]` of `48 × 192`, `48x192` or `48`. */
function parseSize(text: string): readonly [number, number] | null {
  const [, first, second = first] = /^\s*(\d{1,4})(?:\s*[x×*, ]\s*(\d{1,4}))?\s*$/i.exec(text) ?? [];
  const size = [Number(first), Number(second)] as const;
  return size.every((side) => side >= 1 && side <= 4096) ? size : null;
}

/** Height and width of the network's input, where the file leaves them to the person; one field, so that no half is lost. */
function InputSize({ model, locked }: Props) {
  const { setInputSize } = useActions();
  const [height, width] = model.inputShape;
  return (
    <NumberField
      label="Input size (height × width)"
      unit="px"
      value={`${String(height)} × ${String(width)}`}
      disabled={locked}
      help="The file does not say it: use the size that the model was trained with."
      onCommit={(text) => {
        const size = parseSize(text);
        if (size) void setInputSize(model.modelId, ...size);
        return size ? null : noSize;
      }}
    />
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
