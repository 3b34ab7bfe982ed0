/** `npm run model`: what a model file holds and what its network computes, as JSON. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import type { runModel as RunModel } from './modelCommand';

const outDir = mkdtempSync(join(tmpdir(), 'socket-studio-model-'));
try {
  // The modules of tfjs-core import folders, which Node refuses: they are bundled first.
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: 'src/cli/modelCommand.ts',
      outDir,
      rolldownOptions: { output: { format: 'cjs', entryFileNames: 'command.cjs' } },
    },
  });
  const { runModel } = createRequire(import.meta.url)(join(outDir, 'command.cjs')) as {
    readonly runModel: typeof RunModel;
  };
  process.exitCode = await runModel(process.argv.slice(2));
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
