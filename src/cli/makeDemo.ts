import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { demoPack } from '../data/demo/demoSet';
import type { FileBytes } from '../formats/models/format';
import { zip } from '../formats/zip';
import { checkDemo } from './checkDemo';
import type * as DemoModel from './demoModel';
import { demoFileNames, demoManifest, indices, inOrder, pairFiles, targetFile } from './demoFiles';

const folder = resolve('public/demo');

/** The training as a bundle: tfjs has parts that node cannot load one by one. */
async function loadTraining(): Promise<typeof DemoModel> {
  const outDir = resolve('node_modules/.cache/demo');
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      ssr: 'src/cli/demoModel.ts',
      outDir,
      rolldownOptions: { transform: { define: { __dirname: '""' } }, output: { entryFileNames: 'demoModel.mjs' } },
    },
  });
  return (await import(pathToFileURL(join(outDir, 'demoModel.mjs')).href)) as typeof DemoModel;
}

async function save(path: string, bytes: Uint8Array): Promise<void> {
  const place = join(folder, path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, bytes);
  console.log(`${path}: ${(bytes.length / 1000).toFixed(0)} kB`);
}

async function saveImages(): Promise<void> {
  await save(demoFileNames.target, zip(inOrder(indices(demoPack.targetCount).map(targetFile))));
  const pairs = indices(demoPack.pairCount).map(pairFiles);
  await save(demoFileNames.pairsRgb, zip(pairs.map(({ rgb }) => rgb)));
  await save(demoFileNames.pairsTarget, zip(pairs.map(({ target }) => target)));
}

async function saveModel(): Promise<void> {
  const { trainDemoModel } = await loadTraining();
  const files = await trainDemoModel((line) => {
    console.log(line);
  });
  for (const { path, bytes } of files) await save(join('model', path), bytes);
}

const readPack = async (path: string): Promise<FileBytes> => ({
  path,
  bytes: new Uint8Array(await readFile(join(folder, path))),
});

/** `npm run demo` makes public/demo anew; with `--check` it only compares what is there with its generator. */
async function main(options: readonly string[]): Promise<void> {
  if (!options.includes('--check')) {
    await save(demoFileNames.manifest, new TextEncoder().encode(`${JSON.stringify(demoManifest, null, 2)}\n`));
    await saveImages();
    if (!options.includes('--images-only')) await saveModel();
  }
  const faults = await checkDemo(readPack);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
  else console.log('public/demo is what its generator makes.');
}

await main(process.argv.slice(2));
