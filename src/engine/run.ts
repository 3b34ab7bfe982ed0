import { planRun } from '../method/adaptation';
import { compileRun } from '../method/compile';
import { mixingFormOf } from '../method/learner';
import { mixingOf } from '../method/mixing';
import { collectStatistics, readStored, refreshStatistics } from '../method/statistics';
import type { LayerStatistics } from '../method/statistics';
import { createNetwork, disposeNetwork, loadWeights } from '../networks/network';
import type { Network } from '../networks/network';
import { toFailure } from '../shared/failure';
import type { DriftMoment, RunStage } from '../shared/protocol';
import { presets } from '../shared/settings';
import { freeGpuPool } from './gpuMemory';
import type { Journal } from './journal';
import { ended, keepState, measure, reportDrift } from './liveRun';
import type { LiveRun, RunSaying, RunTask } from './liveRun';
import { train } from './training';

/** Does a whole run and never throws: what goes wrong ends up in the journal and in a `run/failed`. */
export async function executeRun(task: RunTask): Promise<void> {
  const { journal, control, now } = task;
  const { runId } = journal.subject;
  const started = now();
  try {
    await compute(task);
    journal.seconds = (now() - started) / 1000;
    journal.outcome = control.signal.aborted ? 'stopped' : 'finished';
    task.emit({ type: 'run/finished', runId, stopped: control.signal.aborted, seconds: journal.seconds });
  } catch (thrown) {
    const failure = toFailure(thrown);
    Object.assign(journal, { seconds: (now() - started) / 1000, outcome: 'failed', failure });
    task.emit({ type: 'run/failed', runId, failure, exportable: journal.good !== null });
  }
}

async function compute(task: RunTask): Promise<void> {
  const { journal } = task;
  const { models, runId } = journal.subject;
  const say = (event: RunSaying): void => {
    task.emit({ ...event, runId });
  };
  say({ type: 'run/stage', stage: 'preparing', message: 'Preparing the images' });
  const images = await timed(task, 'preparing', () => task.prepare(() => ended({ ...task, say })));
  if (!images) {
    keepSource(journal);
    return;
  }
  if (images.evaluated.notice !== null) say({ type: 'run/notice', level: 'warning', message: images.evaluated.notice });
  const networks: Network[] = [];
  try {
    for (const model of models) networks.push(createNetwork(model.spec, model.weights));
    const stored = await Promise.all(networks.map(readStored));
    const run = { ...task, networks, images, stored, say };
    await compile(run);
    await walkStages(run);
  } finally {
    networks.forEach(disposeNetwork);
    freeGpuPool();
  }
}

/** The state of a run that ended before there was a network: the source models as they were. */
function keepSource(journal: Journal): void {
  const weights = journal.subject.models.map((model) => model.weights);
  journal.good = { step: 0, weights, mixing: journal.mixing };
}

async function walkStages(run: LiveRun): Promise<void> {
  const { subject } = run.journal;
  const { kind } = presets[subject.preset];
  if (await ended(run)) return keepState(run, 0);
  await measureSource(run);
  if (await ended(run)) return keepState(run, 0);
  await refreshBaseline(run, kind === 'refresh');
  if (kind === 'train') {
    if (await ended(run)) return keepState(run, 0);
    await train(run);
  } else {
    await keepState(run, 0);
  }
  await measureResult(run);
}

/** Compiles what the run will need on the GPU, and tells how far it is. */
async function compile(run: LiveRun): Promise<void> {
  const { journal, networks, images, stored, guard } = run;
  const { settings, preset } = journal.subject;
  const trains = presets[preset].kind === 'train';
  const { count, shape } = images.training;
  const task = {
    networks,
    stored,
    settings,
    plan: trains
      ? planRun(settings, count, images.pairs?.source.count ?? 0)
      : { batchSize: Math.min(settings.batchSize, count), pairBatchSize: 0 },
    imageShape: shape,
    trains,
  };
  await timed(run, 'compiling', () =>
    guard(() =>
      compileRun(task, (done, all) => {
        enter(run, 'preparing', `Compiling GPU programs: ${String(done)} of ${String(all)}`);
      }),
    ),
  );
}

function enter({ say }: LiveRun, stage: RunStage, message: string): void {
  say({ type: 'run/stage', stage, message });
}

async function measureSource(run: LiveRun): Promise<void> {
  const { mixing } = run.journal;
  enter(run, 'sourceOnly', 'Measuring the source model as it is');
  const form = mixingFormOf(run.journal.subject.settings);
  run.journal.mixing = mixingOf(
    mixing.map(() => 1),
    form,
  );
  await timed(run, 'sourceOnly', () => measure(run, 'sourceOnly', { step: 0, epoch: 0 }));
  if (await ended(run)) return;
  await timed(run, 'drift', () => measureDrift(run, 'before', 0));
}

/** The baseline that costs nothing: running statistics of the target images, no training. */
async function refreshBaseline(run: LiveRun, keep: boolean): Promise<void> {
  const { networks, images, journal, guard, say } = run;
  const { models, settings } = journal.subject;
  if (networks.every(({ runningStatistics }) => runningStatistics.length === 0)) {
    say({
      type: 'run/notice',
      level: 'info',
      message:
        'The model has no batch-norm layers: there is no batch-norm refresh to compare with, and statistics matching is off.',
    });
    return;
  }
  enter(run, 'bnRefresh', 'Re-estimating the running statistics, to compare with');
  await timed(run, 'bnRefresh', async () => {
    await guard(() => refreshStatistics(networks, images.training, settings.batchSize));
    await measure(run, 'bnRefresh', { step: 0, epoch: 0 });
  });
  if (keep) return;
  networks.forEach((network, k) => {
    const model = models[k];
    if (model) loadWeights(network, model.weights);
  });
}

async function measureResult(run: LiveRun): Promise<void> {
  enter(run, 'finishing', 'Measuring the adapted model');
  const step = run.journal.good?.step ?? 0;
  const { stepsPerEpoch } = run.journal.subject.plan;
  const epoch = stepsPerEpoch === 0 ? 0 : Math.ceil(step / stepsPerEpoch);
  await timed(run, 'finishing', async () => {
    await measure(run, 'adapted', { step, epoch });
    await measureDrift(run, 'after', step);
  });
}

/** Drift of all sources over one pass of the target images, each batch normalised by itself as in training. */
async function measureDrift(run: LiveRun, moment: DriftMoment, step: number): Promise<void> {
  const { networks, images, journal, guard } = run;
  const { batchSize } = journal.subject.settings;
  const batches: LayerStatistics[][][] = [];
  for (const network of networks) {
    batches.push(await guard(() => collectStatistics(network, images.training, batchSize, 'batch')));
  }
  reportDrift(run, moment, step, batches);
}

async function timed<T>({ journal, now }: RunTask, stage: string, work: () => Promise<T>): Promise<T> {
  const started = now();
  try {
    return await work();
  } finally {
    journal.timing[stage] = (journal.timing[stage] ?? 0) + (now() - started) / 1000;
  }
}
