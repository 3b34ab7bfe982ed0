import type { ProjectSummary } from '../../shared/protocol';
import { count, plural } from './units';
import type { StudioState } from './studioState';

/** What a run depends on in the project, as one text to compare: two equal texts stand for the same setup. */
export function projectPrint({ models, folders }: ProjectSummary): string {
  return JSON.stringify([
    models.map(({ fingerprint, preprocessing }) => [fingerprint, preprocessing.mean, preprocessing.std]),
    Object.values(folders).map(({ role, fingerprint, recipe }) => [role, fingerprint, recipe]),
  ]);
}

/** Whether what is set up now would be another run than the one on the page. */
export function changedSinceRun({ run, runProject, project, preset, settings }: StudioState): boolean {
  if (run.facts === null || (run.phase !== 'finished' && run.phase !== 'failed')) return false;
  const { facts } = run;
  return (
    facts.preset !== preset ||
    JSON.stringify(facts.settings) !== JSON.stringify(settings) ||
    runProject !== projectPrint(project)
  );
}

/** How long the planned run takes, from the pace of the last one on the same project; null without such a run. */
function plannedSeconds({ run, runProject, project, settings, plan }: StudioState): number | null {
  if (run.phase !== 'finished' || plan === null || plan.steps === 0) return null;
  const steps = run.facts.progress?.step ?? 0;
  if (steps === 0 || runProject !== projectPrint(project)) return null;
  return ((run.seconds / steps) * plan.steps * settings.batchSize) / run.facts.settings.batchSize;
}

/** The duration of the planned run in a few words; no number where nothing was measured. */
export function durationLine(state: StudioState): string {
  const seconds = plannedSeconds(state);
  if (seconds === null) return 'time shows after the first steps';
  const about = seconds < 60 ? plural(Math.max(1, seconds), 'second') : `${count(seconds / 60)} min`;
  return `about ${about} (from the last run)`;
}
