import { planRun } from '../../method/adaptation';
import type { Args, Handlers, RunPlan } from '../../shared/protocol';
import { presets } from '../../shared/settings';
import type { Settings } from '../../shared/settings';
import { StudioError } from '../../shared/failure';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { exportRun } from '../export';
import { createJournal } from '../journal';
import type { RunSubject } from '../journal';
import { blockersOf, classesOf, evaluatedImages, pairingOf, requireFolder } from '../project';
import type { Project } from '../project';
import { recordOf } from '../record';
import { executeRun } from '../run';
import { createRunControl } from '../runControl';
import type { RunControl } from '../runControl';
import { prepareImages, usesPairs } from '../runImages';

type RunCommand = 'run/plan' | 'run/start' | 'run/pause' | 'run/resume' | 'run/stop' | 'run/export' | 'run/record';

export function runHandlers(context: Context): Pick<Handlers, RunCommand> {
  const { project, runs } = context;
  const act =
    (hand: (control: RunControl) => void) =>
    ({ runId }: { runId: number }) => {
      hand(runs.find(runId).control);
    };
  return {
    'run/plan': (args) => planOf(project, args),
    'run/start': (args) => context.inTurn(() => Promise.resolve(startRun(context, args))),
    'run/pause': act((control) => {
      control.pause();
    }),
    'run/resume': act((control) => {
      control.resume();
    }),
    'run/stop': act((control) => {
      control.stop();
    }),
    'run/export': ({ runId, form = 'source' }) =>
      context.inTurn(() => {
        requireIdle(context, 'no model can be downloaded');
        return exportRun(runs.find(runId).journal, context.device(), form);
      }),
    'run/record': ({ runId }) => {
      const { journal } = runs.find(runId);
      requireIdle(context, 'there is no record of it');
      return { fileName: 'run-record.json', json: JSON.stringify(recordOf(journal), null, 1) };
    },
  };
}

/**
 * What a run would do.
 * @throws StudioError for the first thing that stands in its way
 */
function planOf(project: Project, { preset, settings }: Args<'run/plan'>): RunPlan {
  const { pairing } = project;
  const trains = presets[preset].kind === 'train';
  const blocker = blockersOf(project).find(({ code }) => code !== 'no-pairs' || (trains && usesPairs(settings)));
  if (blocker) throw new StudioError(blocker);
  if (presets[preset].kind === 'refresh') requireBatchNorm(project);
  const images = requireFolder(project, 'target').folder.entries.length;
  const pairs = pairing && 'matches' in pairing ? pairing.matches.length : 0;
  const { steps, stepsPerEpoch } = trains ? planRun(settings, images, pairs) : { steps: 0, stepsPerEpoch: 0 };
  return {
    steps,
    stepsPerEpoch,
    targetImages: images,
    pairs: trains && usesPairs(settings) ? pairs : 0,
    labelled: evaluatedImages(project).labels !== null,
    classes: classesOf(project).names,
    formats: project.models.map(({ metadata }) => metadata.format),
  };
}

/** @throws StudioError 'bad-setting' for models that have nothing to re-estimate */
function requireBatchNorm({ models }: Project): void {
  if (models.some(({ spec }) => spec.nodes.some(({ op }) => op === 'batchNorm'))) return;
  throw new StudioError({
    code: 'bad-setting',
    message:
      'This preset re-estimates batch-norm statistics, and the model has no batch-norm layers: nothing would change.',
    remedy: 'Choose a preset that trains, for example SHOT, or a model with batch norm.',
  });
}

/** Starts a run and answers at once; the rest comes as events. */
function startRun(context: Context, args: Args<'run/start'>): { runId: number; plan: RunPlan } {
  const { project, runs, emit } = context;
  requireIdle(context, 'no other one can start');
  const { summary, guard } = context.device();
  const plan = planOf(project, args);
  const subject: RunSubject = {
    ...args,
    runId: runs.nextId(),
    plan,
    engine: summary,
    models: project.models.map((model) => ({ ...model })),
    classes: classesOf(project).names,
    folders: usedFolders(project, args.settings).map((opened) => ({ ...opened })),
  };
  const journal = createJournal(subject, new Date());
  const control = createRunControl();
  runs.add({ journal, control });
  const prepare = () => prepareImages(project, args.settings);
  void executeRun({ journal, control, prepare, guard, emit, now: () => performance.now() });
  return { runId: subject.runId, plan };
}

function usedFolders(project: Project, settings: Settings) {
  const { target, pairsRgb, pairsTarget, test } = project.folders;
  const pairs = pairingOf(project) && usesPairs(settings) ? [pairsRgb, pairsTarget] : [];
  return [target, ...pairs, test].filter((opened) => opened !== undefined);
}
