import { StudioError } from '../../shared/failure';
import type { DroppedFile, ImageRole } from '../../shared/images';
import type { Handlers } from '../../shared/protocol';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { resetProject } from '../project';
import { summarizeProject } from '../projectSummary';
import { addFolder } from './folders';
import { addModel } from './models';

/** Where the bundled demo lies on this origin, and what its `manifest.json` says: paths below that folder. */
const demoRoot = '/demo/';
type DemoManifest = Readonly<Record<'target' | 'pairsRgb' | 'pairsTarget', string>> & {
  readonly model: readonly string[];
  readonly test?: string;
};

export function projectHandlers(context: Context): Pick<Handlers, 'project/demo' | 'project/reset'> {
  const { project } = context;
  return {
    'project/reset': () =>
      context.inTurn(() => {
        requireIdle(context, 'the project cannot be emptied');
        resetProject(project);
        return Promise.resolve(summarizeProject(project));
      }),
    'project/demo': () =>
      context.inTurn(async () => {
        requireIdle(context, 'the demo cannot be opened');
        resetProject(project);
        await openDemo(context);
        project.isDemo = true;
        return summarizeProject(project);
      }),
  };
}

/** Opens the demo exactly as a person's own files are opened. */
async function openDemo(context: Context): Promise<void> {
  const manifest = (await (await fetchPart('manifest.json')).json()) as DemoManifest;
  const { model, target, pairsRgb, pairsTarget, test } = manifest;
  const folders: [ImageRole, string][] = [['pairsRgb', pairsRgb], ['pairsTarget', pairsTarget], ['target', target]]; // prettier-ignore
  if (test !== undefined) folders.push(['test', test]);
  const total = model.length + folders.length;
  let done = 0;
  const fetchFile = async (path: string): Promise<DroppedFile> => {
    context.emit({ type: 'project/reading', role: 'demo', done: done++, total });
    return { path, file: new File([await (await fetchPart(path)).blob()], path) };
  };
  const modelFiles: DroppedFile[] = [];
  for (const path of model) modelFiles.push(await fetchFile(path));
  await addModel(context, modelFiles);
  for (const [role, path] of folders) await addFolder(context, role, { files: [await fetchFile(path)] });
}

async function fetchPart(path: string): Promise<Response> {
  let detail: string;
  try {
    const response = await fetch(demoRoot + path);
    if (response.ok) return response;
    detail = `${response.status} ${response.statusText}`;
  } catch (thrown) {
    detail = String(thrown);
  }
  throw new StudioError({
    code: 'missing-file',
    message: `The demo is not complete here: ${demoRoot}${path} could not be loaded.`,
    remedy: 'Start the studio again with its own server (npm start); it serves the demo from this computer.',
    detail,
  });
}
