import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { setBackend } from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { FileBytes } from '../formats/models/format';
import type { OpenOptions } from '../formats/models/modelFormat';
import { openModel } from '../formats/models/registry';
import { registerKernels } from '../kernels/register';
import { StudioError, toFailure, type Failure } from '../shared/failure';
import { modelFacts } from './modelFacts';
import { failureInWords, parseInputSize } from './modelOptions';

const usage = `Usage: npm run --silent model -- FILE... [options]

Opens one model as the studio does and prints what it holds and its first outputs as JSON.

  FILE...        all files of the model, its folder or its archive
  --input HxW    input height and width, for files that leave them open
  --choice ID    which network it is, for files that fit several
  --help         show this

Exit code: 0 when the model can be used, 1 with the reason when it cannot.`;

const badOption = (message: string): StudioError =>
  new StudioError({ code: 'bad-setting', message, remedy: 'See npm run model -- --help.' });

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = { input: text, choice: text, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (thrown) {
    throw badOption(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** The files of a path, with their paths in the dropped folder. */
function filesOf(path: string): readonly FileBytes[] {
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new StudioError({
      code: 'missing-file',
      message: `There is no file or folder ${path}.`,
      remedy: 'Check the path.',
    });
  }
  if (!statSync(path).isDirectory()) return [{ path: basename(path), bytes: new Uint8Array(readFileSync(path)) }];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile())
    .map((name) => ({
      path: [basename(path), ...relative(path, name).split(sep)].join('/'),
      bytes: new Uint8Array(readFileSync(name)),
    }));
}

/**
 * Prints the facts of a model file, or why it cannot be used.
 *
 * @returns the exit code
 */
export async function runModel(args: readonly string[]): Promise<0 | 1> {
  try {
    await print(args);
    return 0;
  } catch (thrown) {
    say(toFailure(thrown));
    return 1;
  }
}

async function print(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(usage);
    return;
  }
  if (positionals.length === 0) throw badOption('No file was given.');
  const options: OpenOptions = {
    ...(values.input !== undefined && { inputSize: parseInputSize(values.input) }),
    ...(values.choice !== undefined && { choice: values.choice }),
  };
  const model = await openModel(positionals.flatMap(filesOf), options);
  setWasmPaths('node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  registerKernels('wasm');
  await setBackend('wasm');
  console.log(JSON.stringify(await modelFacts(basename(positionals[0] ?? ''), model), null, 1));
}

function say(failure: Failure): void {
  console.error(failureInWords(failure));
  if (failure.code === 'bug' && failure.detail !== undefined) console.error(failure.detail);
}
