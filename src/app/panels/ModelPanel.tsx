import { X } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { ModelSummary } from '../../shared/modelSummary';
import type { FailureChoice } from '../../shared/failure';
import { Button } from '../components/Button';
import { DropRow, FileButton, type TakeFiles } from '../components/DropRow';
import { FailureNotice } from '../components/FailureNotice';
import { ProgressLine } from '../components/ProgressLine';
import { isActive } from '../state/run';
import { slotStatus, slotTexts } from '../state/slots';
import { useActions, useStudio } from '../state/useStudio';
import { ModelDetails } from './ModelDetails';
import { SlotHead } from './SlotHead';
import { StageHeading } from './StageHeading';
import { shownName } from '../state/shownName';

/** Stage 1: the source models, what is inside them, and a place for another. */
export function ModelPanel() {
  const models = useStudio((state) => state.project.models);
  const status = useStudio((state) => slotStatus('model', state.project, false));
  const locked = useStudio((state) => isActive(state.run));
  const { reading, failure } = useStudio(
    useShallow((state) => ({ reading: state.reading.model ?? state.reading.demo, failure: state.failures.model })),
  );
  const { openFiles, dismissFailure } = useActions();
  const text = slotTexts.model;
  return (
    <section className="min-w-0">
      <StageHeading id="stage-model" number={1}>
        Source model
      </StageHeading>
      <div className="space-y-2.5">
        {models.map((model) => (
          <OpenedModel key={model.modelId} model={model} locked={locked || reading !== undefined} />
        ))}
        <DropRow
          text={text}
          empty={models.length === 0}
          replaces={false}
          disabled={locked || reading !== undefined}
          onFiles={(read) => void openFiles('model', read)}
        >
          <SlotHead
            title={models.length === 0 ? text.title : 'Another source'}
            status={models.length === 0 ? status : 'optional'}
          />
          <p className="mt-1 text-xs text-ink-2">
            {models.length === 0
              ? text.invitation
              : 'Several models trained on the same classes are weighted while they adapt.'}
          </p>
          {reading !== undefined && (
            <div className="mt-2">
              <ProgressLine label="Opening the model" done={reading.done} total={reading.total} />
            </div>
          )}
        </DropRow>
        {failure !== undefined && (
          <FailureNotice
            failure={failure}
            onDismiss={() => {
              dismissFailure('model');
            }}
          >
            {failure.choices !== undefined && <NetworkChoice choices={failure.choices} disabled={locked} />}
          </FailureNotice>
        )}
      </div>
    </section>
  );
}

/** The networks that a file fits: the person knows which one it is. */
function NetworkChoice({ choices, disabled }: { choices: readonly FailureChoice[]; disabled: boolean }) {
  const { chooseNetwork } = useActions();
  return (
    <ul className="mt-2 space-y-1.5">
      {choices.map(({ id, label, help }) => (
        <li key={id}>
          <button
            type="button"
            disabled={disabled}
            aria-label={label}
            aria-describedby={`choice-${id}`}
            className="w-full rounded-md border border-line-strong bg-surface px-2.5 py-1.5 text-left text-xs text-ink transition-colors hover:bg-sunken disabled:border-line disabled:text-ink-3"
            onClick={() => void chooseNetwork(id)}
          >
            <span className="block font-medium">{label}</span>
            <span id={`choice-${id}`} className="block text-ink-2">
              {help}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function OpenedModel({ model, locked }: { model: ModelSummary; locked: boolean }) {
  const { openFiles, removeModel } = useActions();
  const name = shownName(model.name);
  const change: TakeFiles = (read) => {
    void openFiles('model', read, model.modelId);
  };
  return (
    <div className="rounded-md border border-line bg-surface p-3">
      <SlotHead title={shownName(model.name)} status="ready">
        <Button
          tone="quiet"
          size="small"
          disabled={locked}
          aria-label={`Remove ${shownName(model.name)}`}
          onClick={() => void removeModel(model.modelId)}
        >
          <X aria-hidden className="size-3.5" />
        </Button>
      </SlotHead>
      <ModelDetails model={model} locked={locked} />
      <div className="mt-2 flex flex-wrap gap-1.5">
        <FileButton name={`Change ${name} for a folder`} directory disabled={locked} onFiles={change}>
          Change model
        </FileButton>
        <FileButton
          name={`Change ${name} for files or a zip`}
          accept={slotTexts.model.accept}
          disabled={locked}
          onFiles={change}
        >
          Files or zip
        </FileButton>
      </div>
    </div>
  );
}
