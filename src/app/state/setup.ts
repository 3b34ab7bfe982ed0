import type { ProjectSummary, RunPlan } from '../../shared/protocol';
import type { Settings } from '../../shared/settings';
import { count, plural } from './units';
import type { EngineState, StudioState } from './studioState';

/** What a run depends on in the project, as one text to compare: two equal texts stand for the same setup. */
export function projectPrint({ models, folders }: ProjectSummary): string {
  return JSON.stringify([
    models.map(({ fingerprint, preprocessing }) => [fingerprint, preprocessing.mean, preprocessing.std]),
    Object.values(folders).map(({ role, fingerprint, recipe }) => [role, fingerprint, recipe]),
  ]);
}

/** What the pace of a run depends on in the engine, as one text to compare; empty without an engine. */
export function enginePrint(engine: EngineState): string {
  return engine.kind === 'ready' ? JSON.stringify([engine.summary.backend, engine.summary.kernels]) : '';
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

/** Images that all steps of a run go through, targets and pairs; what a step costs follows them. */
function imagesTrained({ steps, targetImages, pairs }: RunPlan, settings: Settings): number {
  const usesPairs = settings.pairWeight > 0 || settings.discriminatorWeight > 0;
  const paired = usesPairs ? Math.min(settings.pairBatchSize, pairs) : 0;
  return steps * (Math.min(settings.batchSize, targetImages) + paired);
}

/**
 * How long the planned run takes: as long as the last one, more or less by the images that it trains on more or less.
 * Compiling and preparing count once. Null without a whole run on the same project, engine and kernels.
 */
export function plannedSeconds(state: StudioState): number | null {
  const { run, runProject, runEngine, project, engine, settings, plan } = state;
  if (run.phase !== 'finished' || run.stopped || plan === null || plan.steps === 0) return null;
  if (runProject !== projectPrint(project) || runEngine !== enginePrint(engine)) return null;
  const { facts, seconds } = run;
  const imagesPerSecond = facts.progress?.imagesPerSecond ?? 0;
  if (facts.plan === null || imagesPerSecond === 0) return null;
  const more = imagesTrained(plan, settings) - imagesTrained(facts.plan, facts.settings);
  return Math.max(0, seconds + more / imagesPerSecond);
}

/** The duration of the planned run in a few words; no number where nothing was measured. */
export function durationLine(state: StudioState): string {
  const seconds = plannedSeconds(state);
  if (seconds === null) return 'time shows after a whole run';
  const about = seconds < 60 ? plural(Math.max(1, seconds), 'second') : `${count(seconds / 60)} min`;
  return `about ${about} (from the last run)`;
}
