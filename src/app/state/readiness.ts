import { presets } from '../../shared/settings';
import { usesPairs } from './slots';
import type { StudioState } from './studioState';

/** What keeps a run from starting. */
export interface Obstacle {
  readonly sentence: string;
  /** It goes away with a preset that uses no pairs. */
  readonly pairsOnly: boolean;
}

/** The first thing in the way of a run, or null when Start would be accepted. */
export function obstacleOf(state: StudioState): Obstacle | null {
  const { project, failures, preset, settings, plan } = state;
  if (project.models.length === 0) return { sentence: 'Open a source model to begin.', pairsOnly: false };
  if (project.folders.target === undefined) return { sentence: 'Open the target images.', pairsOnly: false };
  const needsPairs = usesPairs(presets[preset], settings);
  const failure = project.blockers.find(({ code }) => code !== 'no-pairs' || needsPairs) ?? failures.method;
  if (failure !== undefined) {
    return { sentence: `${failure.message} ${failure.remedy}`, pairsOnly: failure.code === 'no-pairs' };
  }
  return plan === null ? { sentence: 'Checking the setup …', pairsOnly: false } : null;
}
