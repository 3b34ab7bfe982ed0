import type { ImageRole } from '../shared/images';
import type { ProjectSummary } from '../shared/protocol';
import { summarizeModel } from './modelSummary';
import { blockersOf, evaluatedImages, factsInUse, pairingOf } from './project';
import type { Project, ProjectFolder } from './project';

/** Everything that is open, for the page. */
export function summarizeProject(project: Project): ProjectSummary {
  const entries = Object.entries(project.folders) as [ImageRole, ProjectFolder][];
  const folders = entries.map(([role, { recipe, recipeReason, history }]) => {
    const summary = factsInUse(project, role).summary(recipe, recipeReason);
    const warnings = [...summary.warnings, ...projectWarnings(project, role)];
    const { change = null, looksLike = null } = history ?? {};
    return [role, { ...summary, change, looksLike, warnings }] as const;
  });
  return {
    models: project.models.map((model) => summarizeModel(project, model)),
    folders: Object.fromEntries(folders),
    pairs: pairingOf(project)?.summary() ?? null,
    blockers: blockersOf(project),
    isDemo: project.isDemo,
  };
}

/** What a folder says only beside the rest of the project. */
function projectWarnings(project: Project, role: ImageRole): readonly string[] {
  if (role === 'pairsTarget') return pairWarnings(project);
  if (project.models.length === 0 || !project.folders.target) return [];
  if (blockersOf(project).some(({ code }) => code === 'mismatch')) return [];
  const evaluated = evaluatedImages(project);
  return evaluated.role === role && evaluated.notice !== null ? [evaluated.notice] : [];
}

function pairWarnings(project: Project): readonly string[] {
  const pairing = pairingOf(project);
  if (!pairing) return [];
  const ambiguous =
    pairing.ambiguous.length > 0
      ? [
          `${pairing.ambiguous.length} names stand for several files and were left out: ${pairing.ambiguous.slice(0, 3).join(', ')}.`,
        ]
      : [];
  const { sameCount } = pairing;
  const same =
    sameCount > 0
      ? [
          `${sameCount === 1 ? '1 pair shows' : `${sameCount} pairs show`} the same picture on both sides, and ${sameCount === 1 ? 'was' : 'were'} left out.`,
        ]
      : [];
  return [...(pairing.warning === null ? [] : [pairing.warning]), ...ambiguous, ...same, ...unpairedWarning(project)];
}

function unpairedWarning({ pairCheck }: Project): readonly string[] {
  if (pairCheck?.verdict === 'same') {
    return [
      'The pairs hold the same pictures on both sides, which teach the network nothing. Choose the RGB images on one side, and the depth or infrared images of the same scenes on the other.',
    ];
  }
  if (pairCheck?.verdict !== 'unpaired') return [];
  const [edges, chance] = [pairCheck.correlation, pairCheck.shuffled].map((value) =>
    value.toFixed(2).replace(/^-(?=[0.]*$)/, ''),
  );
  return [
    `The paired pictures do not seem to show the same scenes: their edges agree ${edges}, where chance gives ${chance}. Wrong pairs teach the network nonsense; look at the pairs, and choose another way to pair them.`,
  ];
}
