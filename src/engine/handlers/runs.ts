import type { Args, Handlers, RunPlan } from '../../shared/protocol';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { exportRun } from '../export';
import { createJournal } from '../journal';
import type { RunSubject } from '../journal';
import { classesOf } from '../project';
import { recordOf } from '../record';
import { executeRun } from '../run';
import { createRunControl } from '../runControl';
import type { RunControl } from '../runControl';
import { prepareRun, usedFolders, usedPairing } from '../runImages';
import type { PrepareRunArgs } from '../runImages';
import { planOf } from '../runPlan';

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

/** Starts a run and answers at once; the rest comes as events. */
function startRun(context: Context, args: Args<'run/start'>): { runId: number; plan: RunPlan } {
  const { project, runs, emit, desk, cache } = context;
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
    folders: usedFolders(project, args).map((opened) => ({ ...opened })),
    pairing: usedPairing(project, args),
  };
  const journal = createJournal(subject, new Date());
  const control = createRunControl();
  runs.add({ journal, control });
  const now = () => performance.now();
  const prepare = (ended: PrepareRunArgs['ended']) => prepareRun({ project, desk, cache, emit, journal, now, ended });
  void executeRun({ journal, control, prepare, guard, emit, now });
  return { runId: subject.runId, plan };
}
