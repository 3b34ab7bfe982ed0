import { Download, FileJson, PackageCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../components/Button';
import { FailureNotice } from '../components/FailureNotice';
import { isExportable } from '../state/run';
import type { ExportState } from '../state/studioState';
import { useActions, useStudio } from '../state/useStudio';
import { bytes, plural } from '../state/units';
import { StageHeading } from './StageHeading';

/** Stage 6: take the result along. */
export function ExportPanel() {
  const exportable = useStudio((state) => isExportable(state.run));
  const recordable = useStudio(
    (state) => (state.run.phase === 'finished' || state.run.phase === 'failed') && state.run.facts !== null,
  );
  const modelExport = useStudio((state) => state.modelExport);
  const recordExport = useStudio((state) => state.recordExport);
  const failure = useStudio((state) => state.failures.export);
  const recordFailure = useStudio((state) => state.failures.record);
  const { exportModel, exportRecord } = useActions();
  return (
    <section>
      <StageHeading id="stage-export" number={6}>
        Export
      </StageHeading>
      <div className="grid grid-cols-1 gap-2.5 md:grid-cols-2">
        <Tile
          icon={<PackageCheck aria-hidden className="size-5 text-accent" />}
          title="Adapted model"
          text="A zip with model.json and weights that plain TensorFlow.js loads; classes and preprocessing included. It is read back and compared before you get it."
          state={modelExport}
        >
          <Button
            tone="primary"
            disabled={!exportable || modelExport.kind === 'working'}
            onClick={() => void exportModel()}
          >
            <Download aria-hidden className="size-4" />
            Download adapted model
          </Button>
          {failure !== undefined && <FailureNotice failure={failure} />}
        </Tile>
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
  return `${saved} Verified: read back, the largest logit difference on ${plural(state.check.imagesCompared, 'image')} is ${difference}.`;
}
