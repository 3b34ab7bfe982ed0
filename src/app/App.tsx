import { useEffect } from 'react';
import { useStore } from 'zustand';
import { DropGuard } from './components/DropGuard';
import { PanelBoundary } from './components/PanelBoundary';
import { Welcome } from './panels/Welcome';
import { Workspace } from './panels/Workspace';
import { pageTitle } from './state/pageTitle';
import { slotTexts } from './state/slots';
import type { Studio } from './state/studio';
import { StudioContext } from './state/useStudio';

const rows = Object.values(slotTexts)
  .map(({ title }) => title)
  .join(' · ');

/** The page over one studio: the welcome first, then the workspace. */
export function App({ studio }: { studio: Studio }) {
  const view = useStore(studio, (state) => state.view);
  const title = useStore(studio, (state) => pageTitle(state.run));
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <StudioContext value={studio}>
      <PanelBoundary name="SOCKET Studio">{view === 'welcome' ? <Welcome /> : <Workspace />}</PanelBoundary>
      <DropGuard
        hint={
          view === 'welcome'
            ? 'Files are opened on the next page: choose “Use my own model and images” first.'
            : `Drop it on one of the rows: ${rows}`
        }
      />
    </StudioContext>
  );
}
