import { describe, expect, it } from 'vitest';
import { createLocalDesk } from '../data/imageDesk';
import type { ImageDesk } from '../data/imageDesk';
import { useBackend } from '../tests/backend';
import {
  createStudioHarness,
  memoryCache,
  pairFiles,
  targetFiles,
  tinyClasses,
  tinyModelFiles,
} from '../tests/studioHarness';
import type { HarnessParts, StudioHarness } from '../tests/studioHarness';
import type { DroppedFile } from '../shared/images';
import type { RunRecord } from '../shared/runRecord';
import { settingsOf } from '../shared/settings';
import { unguarded } from './gpuGuard';
import { createPreparedCache } from './storage/preparedCache';
import { createMemoryShelf } from './storage/shelf';
import type { Shelf } from './storage/shelf';

useBackend('cpu');

const targets = targetFiles(18, tinyClasses);
const args = {
  preset: 'studio' as const,
  settings: settingsOf('studio', { epochs: 2, batchSize: 6, pairBatchSize: 4, seed: 7 }),
};

/** A desk that counts how often each file is prepared. */
function countingDesk(): { desk: ImageDesk; prepared: Map<string, number> } {
  const local = createLocalDesk();
  const prepared = new Map<string, number>();
  const prepare: ImageDesk['prepare'] = (file, form) => {
    prepared.set(file.path, (prepared.get(file.path) ?? 0) + 1);
    return local.prepare(file, form);
  };
  return { desk: { ...local, prepare }, prepared };
}

/** A desk for which some files are gone when a run wants them, as browsers tell it. */
function deskWithout(gone: RegExp): ImageDesk {
  const local = createLocalDesk();
  const refuse = (): Promise<never> => Promise.reject(new DOMException('It is gone.', 'NotFoundError'));
  const source = Object.assign(new Blob(['x']), { arrayBuffer: refuse });
  return { ...local, prepare: (file, form) => local.prepare(gone.test(file.path) ? { ...file, source } : file, form) };
}

async function openProject(parts: HarnessParts = {}, target: readonly DroppedFile[] = targets): Promise<StudioHarness> {
  const studio = createStudioHarness(unguarded, {}, parts);
  await studio.handlers['model/open']({ files: await tinyModelFiles(1) });
  await studio.handlers['images/open']({ role: 'pairsRgb', files: pairFiles(6, 'rgb', 3) });
  await studio.handlers['images/open']({ role: 'pairsTarget', files: pairFiles(6, 'depth', 1) });
  await studio.handlers['images/open']({ role: 'target', files: target });
  return studio;
}

/** Runs to the end: the record, and the events of one kind. */
async function run(studio: StudioHarness): Promise<RunRecord> {
  const { runId } = await studio.handlers['run/start'](args);
  await Promise.race([studio.once('run/finished'), studio.once('run/failed')]);
  return JSON.parse((await studio.handlers['run/record']({ runId })).json) as RunRecord;
}

const preparingOf = ({ events }: StudioHarness, role: string) =>
  events.flatMap((event) => (event.type === 'run/preparing' && event.role === role ? [event] : [])).at(-1);

/** What a run computed: every step and evaluation, but no clock. */
function computed({ steps, evaluations, folders, failure }: RunRecord) {
  const clocks = ['imagesPerSecond', 'imageWait'].map((column) => steps.columns.indexOf(column));
  return { rows: steps.rows.map((row) => row.filter((_, at) => !clocks.includes(at))), evaluations, folders, failure };
}

describe('the images of a run', () => {
  it('make the same run, bit for bit, cold, from storage, and where next to nothing can be kept', async () => {
    const shelf = createMemoryShelf(2 ** 24);
    const cold = await openProject({ cache: memoryCache(shelf) });
    const expected = computed(await run(cold));
    expect(expected.failure).toBeNull();
    expect(preparingOf(cold, 'target')).toMatchObject({ done: 18, total: 18, cached: 0 });

    const warm = await openProject({ cache: memoryCache(shelf) });
    expect(computed(await run(warm))).toEqual(expected);
    expect(preparingOf(warm, 'target')).toMatchObject({ done: 18, total: 18, cached: 18 });

    const { desk, prepared } = countingDesk();
    const cramped = await openProject({ desk, cache: memoryCache(1200) });
    expect(computed(await run(cramped))).toEqual(expected);
    expect([...prepared.values()].some((times) => times > 2)).toBe(true);
  });

  it('make the same run where the storage fails or has no room, which is said once, and none count as found there', async () => {
    const memory = createMemoryShelf(2 ** 24);
    const expected = computed(await run(await openProject({ cache: memoryCache(memory) })));
    const fail = (): never => {
      throw new TypeError('It broke.');
    };
    const isPixels = (name: string): boolean => name.endsWith('.pixels');
    const shelves: readonly [Shelf, string, number][] = [
      // That it cannot be read shows with the four that are compared when it is opened.
      [{ ...memory, open: async (name) => ({ ...(await memory.open(name)), ...(isPixels(name) && { read: fail }) }) }, 'TypeError', 14],
      [{ ...createMemoryShelf(0), open: fail }, 'QuotaExceededError', 0],
      [{ ...memory, open: () => Promise.reject(new TypeError('It broke.')) }, 'TypeError', 0],
      [createMemoryShelf(0), 'QuotaExceededError', 0],
      [createMemoryShelf(NaN), 'QuotaExceededError', 0],
    ]; // prettier-ignore
    for (const [shelf, name, cached] of shelves) {
      const told: string[] = [];
      const cache = createPreparedCache(
        () => Promise.resolve(shelf),
        (error) => told.push(error.name),
      );
      const studio = await openProject({ cache });
      expect(computed(await run(studio))).toEqual(expected);
      expect(told).toEqual([name]);
      expect(preparingOf(studio, 'target')?.cached).toBe(cached);
    }
  });

  it('are read from their files once, in whatever number of epochs', async () => {
    const { desk, prepared } = countingDesk();
    const studio = await openProject({ desk });
    const record = await run(studio);
    expect(record.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect([...prepared].filter(([path]) => path.startsWith('target/')).map(([, times]) => times)).toEqual(
      new Array<number>(18).fill(1),
    );
    expect(record.timing).toMatchObject({ imageWaitPerStepMedianMs: expect.any(Number) as number });
  });

  it('are prepared anew where a file changed, or the storage holds another picture', async () => {
    const shelf = createMemoryShelf(2 ** 24);
    await run(await openProject({ cache: memoryCache(shelf) }));
    // The same names, sizes and dates, other pixels: a set of images that was exchanged.
    const others = targetFiles(36, tinyClasses).slice(18);
    const exchanged = targets.map(({ path, file }, at) => {
      const other = others[at]?.file ?? file;
      const same = new File([other], file.name, { lastModified: file.lastModified });
      return { path, file: same };
    });
    const studio = await openProject({ cache: memoryCache(shelf) }, exchanged);
    const record = await run(studio);
    const fresh = await run(await openProject({}, exchanged));
    expect(computed(record)).toEqual(computed(fresh));
    expect(preparingOf(studio, 'target')?.cached).toBeLessThan(18);
  });

  it('are left out where they turn out to be damaged, and the project and the plan say so', async () => {
    const local = createLocalDesk();
    const broken = new Set(['target/bee/1.png', 'target/cat/5.png']);
    // As in a folder of which only a sample was decoded: what is damaged is found when all is prepared.
    const desk: ImageDesk = {
      ...local,
      prepare: (file, form) =>
        local.prepare(
          broken.has(file.path)
            ? { ...file, source: file.source instanceof Blob ? file.source.slice(0, 40) : file.source }
            : file,
          form,
        ),
    };
    const studio = await openProject({ desk });
    const record = await run(studio);
    expect(record.outcome).toBe('finished');
    expect(record.folders[0]).toMatchObject({ role: 'target', usable: 16, skipped: 2 });
    const changed = await studio.once('project/changed');
    expect(changed.project.folders.target).toMatchObject({ usable: 16, skippedCount: 2 });
    expect(changed.project.folders.target?.skipped[0]?.reason).toMatch(/is a damaged PNG image/);
    expect((await studio.once('run/plan')).plan).toMatchObject({ targetImages: 16 });
    const whole = await run(
      await openProject(
        {},
        targets.filter(({ path }) => !broken.has(path)),
      ),
    );
    expect(computed(record).rows).toEqual(computed(whole).rows);
  });

  it('end the run when more than a fifth of a folder is damaged, and say what is wrong', async () => {
    const local = createLocalDesk();
    const desk: ImageDesk = {
      ...local,
      prepare: (file, form) =>
        local.prepare(/target.ant/.test(file.path) ? { ...file, source: new Blob(['no image']) } : file, form),
    };
    const { failure } = await run(await openProject({ desk }));
    expect(failure).toMatchObject({ code: 'no-images' });
    expect(failure?.message).toBe('Of 18 images in "target", 6 cannot be read: more than a fifth.');
    expect(failure?.detail).toContain('target/ant/0.png is');
  });

  it('end the run when their folder was moved after it was opened, and ask for it again', async () => {
    const { failure } = await run(await openProject({ desk: deskWithout(/^target/) }));
    expect(failure).toMatchObject({
      code: 'missing-file',
      message: 'Of 18 images in "target", 18 were changed, moved or removed after the folder was opened.',
      remedy: 'Reconnect the folder, or choose it again where it is now, and start again.',
    });
    expect(failure?.detail).toContain('target/ant/0.png can no longer be read');
  });

  it('are left out where single ones were removed after the folder was opened, and the project says why', async () => {
    const studio = await openProject({ desk: deskWithout(/^target.cat.5/) });
    const record = await run(studio);
    expect(record.outcome).toBe('finished');
    expect(record.folders[0]).toMatchObject({ usable: 17, skipped: 1 });
    const { project } = await studio.once('project/changed');
    expect(project.folders.target?.skipped).toEqual([
      {
        path: 'target/cat/5.png',
        reason: 'can no longer be read: it was changed, moved or removed after it was chosen',
      },
    ]);
  });

  it('can be given up while they are prepared; the source model is then what can be downloaded', async () => {
    const local = createLocalDesk();
    let studio: StudioHarness | null = null;
    let prepared = 0;
    const desk: ImageDesk = {
      ...local,
      atOnce: 1,
      prepare: (file, form) => {
        prepared += 1;
        if (prepared === 5) void studio?.handlers['run/stop']({ runId: 1 });
        return local.prepare(file, form);
      },
    };
    studio = await openProject({ desk });
    prepared = 0;
    const record = await run(studio);
    expect(record.outcome).toBe('stopped');
    expect(prepared).toBeLessThan(8);
    const { maxLogitDifference } = await studio.handlers['run/export']({ runId: 1 });
    expect(maxLogitDifference).toBeLessThan(1e-5);
  });
});
