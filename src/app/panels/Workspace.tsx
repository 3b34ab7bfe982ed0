import { useEffect, useState } from 'react';
import { FailureNotice } from '../components/FailureNotice';
import { PanelBoundary } from '../components/PanelBoundary';
import { toggleChartScale } from '../state/chartScale';
import type { ShortcutAction } from '../state/shortcuts';
import { useShortcuts } from '../state/useShortcuts';
import { useActions, useStudio } from '../state/useStudio';
import { ExportPanel } from './ExportPanel';
import { Header } from './Header';
import { ImagesPanel } from './ImagesPanel';
import { InspectPanel } from './InspectPanel';
import { MethodPanel } from './MethodPanel';
import { ModelPanel } from './ModelPanel';
import { RunPanel } from './RunPanel';
import { ShortcutsSheet } from './ShortcutsSheet';
import type { StageId } from './stages';
import { jumpTo, StageStrip } from './StageStrip';
import { TransportBar } from './TransportBar';

/** The one screen of the studio: six stages, and the transport that is always in reach. */
export function Workspace() {
  const [sheet, setSheet] = useState(false);
  const phase = useStudio((state) => state.run.phase);
  const demoFailure = useStudio((state) => state.failures.demo);
  const { pause, resume } = useActions();

  useShortcuts((action: ShortcutAction) => {
    if (action === 'help') setSheet(true);
    else if (action === 'logScale') toggleChartScale();
    else if (action === 'toggleRun') {
      if (phase === 'running') void pause();
      if (phase === 'paused') void resume();
    } else jumpTo(action.slice('go '.length) as StageId);
  });

  // The view follows the run: its charts when it begins, its sentence when it ends.
  useEffect(() => {
    if (phase === 'starting' || phase === 'failed' || phase === 'finished') jumpTo('run');
  }, [phase]);

  return (
    <>
      <Header
        onShortcuts={() => {
          setSheet(true);
        }}
      />
      <section
        aria-label="Stages and run controls"
        className="sticky top-0 z-20 border-b border-line bg-page/95 backdrop-blur-sm"
      >
        <div className="mx-auto max-w-[110rem] space-y-1.5 px-3 py-2 sm:px-5">
          <StageStrip />
          <div className="px-1">
            <TransportBar />
          </div>
        </div>
      </section>
      <main className="mx-auto max-w-[110rem] space-y-8 px-4 py-5 sm:px-6">
        <h1 className="sr-only">SOCKET Studio</h1>
        {demoFailure !== undefined && <FailureNotice failure={demoFailure} />}
        <Setup />
        <PanelBoundary name="Run">
          <RunPanel />
        </PanelBoundary>
        <PanelBoundary name="Inspect">
          <InspectPanel />
        </PanelBoundary>
        <PanelBoundary name="Export">
          <ExportPanel />
        </PanelBoundary>
      </main>
      {sheet && (
        <ShortcutsSheet
          onClose={() => {
            setSheet(false);
          }}
        />
      )}
    </>
  );
}

/** The first three stages, side by side where there is room. */
function Setup() {
  return (
    <div className="grid grid-cols-1 items-start gap-6 md:grid-cols-2 xl:grid-cols-[minmax(0,1fr)_minmax(0,1.7fr)_minmax(0,1fr)]">
      <PanelBoundary name="Source model">
        <ModelPanel />
      </PanelBoundary>
      <div className="min-w-0 max-xl:md:order-3 max-xl:md:col-span-2">
        <PanelBoundary name="Images">
          <ImagesPanel />
        </PanelBoundary>
      </div>
      <PanelBoundary name="Method">
        <MethodPanel />
      </PanelBoundary>
    </div>
  );
}
