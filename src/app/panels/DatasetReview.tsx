import type { DatasetSummary } from '../../shared/datasets';
import { visibleText } from '../../shared/visibleText';
import { Button } from '../components/Button';
import { Disclosure } from '../components/Disclosure';
import { SelectField } from '../components/Fields';
import { Message } from '../components/Message';
import { foreignClasses } from '../state/datasetWords';
import { shownName } from '../state/shownName';
import { count, plural } from '../state/units';
import { useActions, useStudio } from '../state/useStudio';
import { ManyChoices } from './ManyChoices';

interface Props {
  readonly dataset: DatasetSummary;
  readonly disabled: boolean;
}

/** What was found of a dataset, what it leaves to the person, and what would be opened with the answers as they are. */
export function DatasetReview({ dataset, disabled }: Props) {
  const { importDataset, closeDataset } = useActions();
  const testStays = useStudio((state) => state.project.folders.test !== undefined) && dataset.test === 0;
  const foreign = useStudio((state) => foreignClasses(state.project.models, dataset));
  const nothing = dataset.target + dataset.test + dataset.pairs === 0;
  return (
    <div className="mt-1.5 space-y-3 text-xs text-ink-2">
      <div>
        <p>
          <span className="font-semibold text-ink">{dataset.title}</span> · {shownName(dataset.name)}
        </p>
        <ul className="mt-1 list-disc space-y-0.5 pl-4">
          {dataset.facts.map((fact) => (
            <li key={fact} className="wrap-anywhere">
              {visibleText(fact)}
            </li>
          ))}
        </ul>
        <Cameras cameras={dataset.cameras} />
      </div>
      {dataset.warnings.length > 0 && (
        <Message level="warning">
          <ul className="space-y-1">
            {dataset.warnings.map((warning) => (
              <li key={warning}>{visibleText(warning)}</li>
            ))}
          </ul>
        </Message>
      )}
      <Questions dataset={dataset} disabled={disabled} />
      <div className="space-y-1.5 border-t border-line pt-2.5">
        <p aria-live="polite">
          Opens <Count of={dataset.target} word="target image" />, <Count of={dataset.pairs} word="pair" />
          {dataset.test > 0 && (
            <>
              , <Count of={dataset.test} word="labelled test image" />
            </>
          )}
          {dataset.classes.length > 0 && ` of ${plural(dataset.classes.length, 'class', 'classes')}`}.
        </p>
        {testStays && <p>The labelled test images that are open stay and measure.</p>}
        {foreign !== null && <Message level="warning">{foreign}</Message>}
        <ClassCounts classes={dataset.classes} />
        <div className="flex flex-wrap gap-1.5">
          <Button tone="primary" size="small" disabled={disabled || nothing} onClick={() => void importDataset()}>
            Import
          </Button>
          <Button size="small" disabled={disabled} onClick={() => void closeDataset()}>
            Cancel
          </Button>
        </div>
      </div>
    </div>
  );
}

function Cameras({ cameras }: Pick<DatasetSummary, 'cameras'>) {
  if (cameras.length === 0) return null;
  return (
    <Disclosure summary="Figures of the cameras">
      <ul className="list-disc space-y-0.5 pl-4">
        {cameras.map((camera) => (
          <li key={camera} className="wrap-anywhere">
            {visibleText(camera)}
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}

function ClassCounts({ classes }: Pick<DatasetSummary, 'classes'>) {
  if (classes.length === 0) return null;
  return (
    <Disclosure summary="Images per class">
      <ul className="grid max-h-48 grid-cols-2 gap-x-4 overflow-auto sm:grid-cols-3" tabIndex={0}>
        {classes.map((entry) => (
          <li key={entry.name} className="flex justify-between gap-2">
            <span className="truncate" title={visibleText(entry.name)}>
              {shownName(entry.name)}
            </span>
            <span className="tabular-nums">{count(entry.count)}</span>
          </li>
        ))}
      </ul>
    </Disclosure>
  );
}

function Count({ of, word }: { of: number; word: string }) {
  return <span className="font-semibold text-ink">{plural(of, word)}</span>;
}

function Questions({ dataset, disabled }: Props) {
  const { answerDataset } = useActions();
  if (dataset.questions.length === 0) return null;
  return (
    <div className="grid grid-cols-1 items-start gap-3 sm:grid-cols-2">
      {dataset.questions.map((question) =>
        question.multiple ? (
          <ManyChoices
            key={question.key}
            question={question}
            disabled={disabled}
            onChoose={(chosen) => void answerDataset(question.key, chosen)}
          />
        ) : (
          <SelectField
            key={question.key}
            label={question.label}
            help={question.help === '' ? undefined : question.help}
            disabled={disabled}
            value={question.chosen[0] ?? ''}
            options={question.options.map(({ value, label }) => ({ value, label: shownName(label) }))}
            onChange={(value) => void answerDataset(question.key, [value])}
          />
        ),
      )}
    </div>
  );
}
