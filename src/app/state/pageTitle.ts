import type { Run } from './run';

/** Title of the tab: how far the run is, readable while another tab is in front. */
export function pageTitle(run: Run): string {
  const name = 'SOCKET Studio';
  switch (run.phase) {
    case 'idle':
      return name;
    case 'starting':
      return `Preparing – ${name}`;
    case 'running':
    case 'paused':
    case 'stopping': {
      const { progress } = run.facts;
      const done = progress === null || progress.steps === 0 ? 0 : Math.floor((100 * progress.step) / progress.steps);
      return `${String(done)} %${run.phase === 'running' ? '' : ` ${run.phase}`} – ${name}`;
    }
    case 'finished':
      return `Done – ${name}`;
    case 'failed':
      return `Failed – ${name}`;
  }
}
