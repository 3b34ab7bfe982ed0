/** The page behind `npm run adapt`: no interface, the same engine in the same worker. */
import { toFailure } from '../shared/failure';
import type { HeadlessAnswer, HeadlessStudio, ModelDecisions } from '../shared/headless';
import type { EngineEvent, ProjectSummary } from '../shared/protocol';
import { createEngineClient } from './engineClient';
import { filesOfInput } from './state/dropFiles';
import { engineSentence } from './state/engineSentence';
import { saveBlob } from './state/saveBlob';

const engine = createEngineClient();

/** Answers are plain data on this line, so that a failure arrives with its remedy. */
async function answer<T>(work: () => Promise<T>): Promise<HeadlessAnswer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    return { ok: false, failure: toFailure(thrown) };
  }
}

function chosen(id: string): ReturnType<typeof filesOfInput> {
  const input = document.querySelector<HTMLInputElement>(`#${id}`);
  return filesOfInput(input?.files ?? null);
}

/** Opens the chosen model and decides what its file leaves open. */
async function openModel({ choice, inputSize, preprocessing }: ModelDecisions = {}): Promise<ProjectSummary> {
  let project = await engine.call('model/open', { files: chosen('model'), ...(choice !== undefined && { choice }) });
  const modelId = project.models.at(-1)?.modelId ?? 0;
  if (inputSize) {
    project = await engine.call('model/inputSize', { modelId, height: inputSize[0], width: inputSize[1] });
  }
  if (preprocessing !== undefined) {
    project = await engine.call('model/preprocessing', { modelId, choice: preprocessing });
  }
  return project;
}

const isEnd = (event: EngineEvent): boolean => event.type === 'run/finished' || event.type === 'run/failed';

const studio: HeadlessStudio = {
  select: (choice, kernels) =>
    answer(async () => {
      const summary = await engine.call('engine/select', { choice, kernels });
      return { engine: summary, sentence: engineSentence(summary) };
    }),
  open: (slot, decisions) =>
    answer(() =>
      slot === 'model' ? openModel(decisions) : engine.call('images/open', { role: slot, files: chosen(slot) }),
    ),
  recipe: (recipe) => answer(() => engine.call('images/recipe', { role: 'target', recipe })),
  run: (preset, settings) =>
    answer(async () => {
      const end = new Promise<EngineEvent>((resolve) => {
        engine.subscribe((event) => {
          if (isEnd(event)) resolve(event);
        });
      });
      const { runId } = await engine.call('run/start', { preset, settings });
      const event = await end;
      return { runId, failure: event.type === 'run/failed' ? event.failure : null };
    }),
  record: (runId) => answer(async () => (await engine.call('run/record', { runId })).json),
  save: (runId, form) =>
    answer(async () => {
      const { blob, fileName, ...check } = await engine.call('run/export', { runId, form });
      saveBlob(blob, fileName);
      return check;
    }),
};

/** What the program that drives this page puts on it, to hear of progress. */
type Driven = typeof globalThis & { studio?: HeadlessStudio; onEngineEvent?: (event: EngineEvent) => void };

engine.subscribe((event) => {
  const { onEngineEvent } = globalThis as Driven;
  // Rows and predictions are for charts; what is told here goes through JSON.
  if (event.type !== 'run/steps') onEngineEvent?.(event);
});
(globalThis as Driven).studio = studio;
