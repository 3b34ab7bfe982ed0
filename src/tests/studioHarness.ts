import { encodePng } from '../cli/encodePng';
import { createHandlers } from '../engine/handlers/handlers';
import { createQueue } from '../engine/context';
import type { Context } from '../engine/context';
import { unguarded } from '../engine/gpuGuard';
import type { Guard } from '../engine/gpuGuard';
import { createProject } from '../engine/project';
import { createRunBook } from '../engine/runBook';
import { createPreparedCache } from '../engine/storage/preparedCache';
import type { PreparedCache } from '../engine/storage/preparedCache';
import { createMemoryShelf } from '../engine/storage/shelf';
import type { Shelf } from '../engine/storage/shelf';
import { createLocalDesk } from '../data/imageDesk';
import { writeLayersModel } from '../formats/models/layersModel/writer';
import { disposeNetwork, readWeights } from '../networks/network';
import type { DroppedFile } from '../shared/images';
import type { EngineEvent, EngineSummary, Handlers } from '../shared/protocol';
import { createRng } from '../shared/rng';
import { tinyNetwork } from './tinyNetwork';

/** The engine's handlers on the current backend, without a worker around them. */
export interface StudioHarness {
  readonly handlers: Handlers;
  readonly events: readonly EngineEvent[];
  /** The first event of a type, also one that has been. */
  readonly once: <T extends EngineEvent['type']>(type: T) => Promise<Extract<EngineEvent, { type: T }>>;
}

const summary: EngineSummary = {
  backend: 'wasm', choice: 'auto', adapter: 'test', softwareAdapter: false, webgpuAvailable: false, kernels: null,
  reason: 'A test.', versions: {},
}; // prettier-ignore

/** A cache in memory, of so many bytes or on a given shelf. */
export function memoryCache(place: number | Shelf): PreparedCache {
  const shelf = typeof place === 'number' ? createMemoryShelf(place) : place;
  return createPreparedCache(
    () => Promise.resolve(shelf),
    (error) => {
      throw error;
    },
  );
}

/** What a test may put in the place of the usual. */
export type HarnessParts = Partial<Pick<Context, 'desk' | 'cache'>>;

/** @param engine where the engine shall differ from WebAssembly on one thread. */
export function createStudioHarness(
  guard: Guard = unguarded,
  engine: Partial<EngineSummary> = {},
  parts: HarnessParts = {},
): StudioHarness {
  const device = { guard, summary: { ...summary, ...engine } };
  const events: EngineEvent[] = [];
  const waiting: ((event: EngineEvent) => void)[] = [];
  const handlers = createHandlers({
    emit: (event) => {
      events.push(event);
      for (const tell of waiting) tell(event);
    },
    project: createProject(),
    runs: createRunBook(),
    inTurn: createQueue(),
    desk: createLocalDesk(),
    cache: memoryCache(2 ** 26),
    ...parts,
    device: () => device,
    setDevice: () => undefined,
    selectDevice: () => Promise.resolve(device),
  });
  return {
    handlers,
    events,
    once: (type) =>
      new Promise((resolve) => {
        const isIt = (event: EngineEvent): event is Extract<EngineEvent, { type: typeof type }> => event.type === type;
        const past = events.find(isIt);
        if (past) resolve(past);
        else waiting.push((event) => isIt(event) && resolve(event));
      }),
  };
}

export const tinyClasses = ['ant', 'bee', 'cat'] as const;

/** The files of a tiny random model of three classes that takes 6x6x3 images. */
export async function tinyModelFiles(seed: number, classes: readonly string[] = tinyClasses): Promise<DroppedFile[]> {
  const network = tinyNetwork(createRng(seed));
  const preprocessing = { preset: 'own' as const, mean: [0.4, 0.5, 0.6] as const, std: [0.2, 0.25, 0.3] as const };
  const part = { spec: network.spec, weights: await readWeights(network), preprocessing };
  const files = writeLayersModel([part], { mixing: [1], classes });
  disposeNetwork(network);
  return files.map(({ path, bytes }) => ({ path: `tiny/${path}`, file: new File([new Uint8Array(bytes)], path) }));
}

/** A PNG of random pixels; the same seed gives the same picture, whatever its path. */
function randomPng(path: string, seed: number, channels: 1 | 3): DroppedFile {
  const rng = createRng(seed);
  const samples = Uint8Array.from({ length: 64 * channels }, () => rng.integer(256));
  const png = encodePng({ width: 8, height: 8, channels, bitDepth: 8, samples });
  return { path, file: new File([new Uint8Array(png)], path) };
}

/** `count` grey pictures, dealt out to class folders in turn. */
export const targetFiles = (count: number, folders: readonly string[]): DroppedFile[] =>
  Array.from({ length: count }, (_, at) =>
    randomPng(`target/${folders[at % folders.length] ?? ''}/${at}.png`, 100 + at, 1),
  );

export const pairFiles = (count: number, folder: string, channels: 1 | 3): DroppedFile[] =>
  Array.from({ length: count }, (_, at) => randomPng(`${folder}/${at}.png`, 500 + at + channels * 1000, channels));
