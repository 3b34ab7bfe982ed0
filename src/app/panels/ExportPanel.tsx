import { Download, FileJson, PackageCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { exportForms, type ExportForm } from '../../shared/exportForm';
import { Button } from '../components/Button';
import { FailureNotice } from '../components/FailureNotice';
import { SelectField } from '../components/Fields';
import { isExportable } from '../state/run';
import type { ExportState } from '../state/studioState';
import { useActions, useStudio } from '../state/useStudio';
import { bytes, plural } from '../state/units';
import { StageHeading } from './StageHeading';

/** Stage 6: take the result along. */
export function ExportPanel() {
  const recordable = useStudio(
    (state) => (state.run.phase === 'finished' || state.run.phase === 'failed') && state.run.facts !== null,
  );
  const recordExport = useStudio((state) => state.recordExport);
  const recordFailure = useStudio((state) => state.failures.record);
  const { exportRecord } = useActions();
  return (
    <section>
      <StageHeading id="stage-export" number={6}>
        Export
      </StageHeading>
      <div className="grid grid-cols-1 gap-2.5 md:grid-cols-2">
        <ModelTile />
        <Tile
          icon={<FileJson aria-hidden className="size-5 text-accent" />}
          title="Run record"
          text="Settings, seed, fingerprints, versions, every step, accuracies, confusions and drift as JSON: enough to repeat the run."
          state={recordExport}
        >
          <Button disabled={!recordable || recordExport.kind === 'working'} onClick={() => void exportRecord()}>
            <Download aria-hidden className="size-4" />
            Download run record
          </Button>
          {recordFailure !== undefined && <FailureNotice failure={recordFailure} />}
        </Tile>
      </div>
    </section>
  );
}

/** The adapted model, in the form that is chosen. */
function ModelTile() {
  const exportable = useStudio((state) => isExportable(state.run));
  const modelExport = useStudio((state) => state.modelExport);
  const failure = useStudio((state) => state.failures.export);
  const form = useStudio((state) => state.exportForm);
  // Of the run's own models: others may be open by now.
  const format = useStudio(({ run, project }) =>
    [...new Set(run.facts?.plan?.formats ?? project.models.map((model) => model.format))].join(', '),
  );
  const { setExportForm, exportModel } = useActions();
  const working = modelExport.kind === 'working';
  return (
    <Tile
      icon={<PackageCheck aria-hidden className="size-5 text-accent" />}
      title="Adapted model"
      text="A zip with the model, the run record and a note on how to load it. The model is read back and compared before you get it."
      state={modelExport}
    >
      <SelectField
        label="Form"
        value={form}
        options={exportForms.map((value) => ({ value, label: formLabel(value, format) }))}
        disabled={working}
        help={formHelp[form]}
        onChange={(value) => {
          const chosen = exportForms.find((option) => option === value);
          if (chosen !== undefined) setExportForm(chosen);
        }}
      />
      <Button tone="primary" disabled={!exportable || working} onClick={() => void exportModel()}>
        <Download aria-hidden className="size-4" />
        Download adapted model
      </Button>
      {failure !== undefined && <FailureNotice failure={failure} />}
    </Tile>
  );
}

const formLabels: Readonly<Record<Exclude<ExportForm, 'source'>, string>> = {
  layersModel: 'TensorFlow.js layers model',
  onnx: 'ONNX',
  safetensors: 'safetensors (PyTorch names)',
};

function formLabel(form: ExportForm, format: string): string {
  if (form !== 'source') return formLabels[form];
  return format === '' ? 'Same as the source' : `Same as the source (${format})`;
}

/** What each form is good for. */
const formHelp: Readonly<Record<ExportForm, string>> = {
  source: 'Your own files with the adapted weights in them: whatever loads the source model loads this one.',
  layersModel: 'For web pages: plain TensorFlow.js loads it, and this studio can adapt it again.',
  onnx: 'For onnxruntime, OpenCV and devices: layers and weights in one file, batch norm kept apart.',
  safetensors: 'The weights alone, for a PyTorch network that you have the code of.',
};

interface TileProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly state: ExportState;
  readonly children: ReactNode;
}

function Tile({ icon, title, text, state, children }: TileProps) {
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex gap-3">
        {icon}
        <div className="min-w-0">
          <h3 className="text-sm font-semibold">{title}</h3>
          <p className="text-xs text-ink-2">{text}</p>
        </div>
      </div>
      <div className="mt-auto space-y-2">
        {children}
        <p aria-live="polite" className="min-h-4.5 text-xs text-ink-2">
          {savedLine(state)}
        </p>
      </div>
    </div>
  );
}

function savedLine(state: ExportState): string {
  if (state.kind === 'none') return '';
  if (state.kind === 'working') return 'Writing and checking …';
  const saved = `Saved ${state.fileName} (${bytes(state.sizeBytes)}).`;
  if (state.check === null) return saved;
  const difference = state.check.maxLogitDifference === 0 ? '0' : state.check.maxLogitDifference.toExponential(1);
  const verified = `Verified: read back, the largest logit difference on ${plural(state.check.imagesCompared, 'image')} is ${difference}.`;
  return [saved, verified, ...state.check.losses].join(' ');
}
