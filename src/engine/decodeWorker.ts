/** A thread that decodes image files: an {@link ImageDesk} behind a port. */
import type { ImageDigest } from '../data/digest';
import { createLocalDesk } from '../data/imageDesk';
import type { PreparedForm, PreparedImage } from '../data/imageDesk';
import type { SourceFile } from '../data/sourceFile';
import type { RawImage } from '../formats/images/format';
import { StudioError } from '../shared/failure';
import type { Failure } from '../shared/failure';

/** What is wanted of a file. */
export type DeskJob =
  | { readonly kind: 'raw'; readonly file: SourceFile }
  | { readonly kind: 'measure'; readonly file: SourceFile }
  | { readonly kind: 'prepare'; readonly file: SourceFile; readonly form: PreparedForm };

export interface DeskRequest {
  readonly id: number;
  readonly job: DeskJob;
}

export type DeskResult = RawImage | ImageDigest | PreparedImage;

/** `error` is what the browser threw, a mistake of the studio; it is cloned with its name. */
export type DeskReply =
  | { readonly kind: 'result'; readonly id: number; readonly result: DeskResult }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'error'; readonly id: number; readonly error: Error };

const desk = createLocalDesk();

/** The result of a job, and what of it changes hands instead of being copied. */
async function doJob(job: DeskJob): Promise<{ result: DeskResult; transfer: ArrayBufferLike[] }> {
  switch (job.kind) {
    case 'raw': {
      const result = await desk.raw(job.file);
      return { result, transfer: [result.samples.buffer] };
    }
    case 'measure':
      return { result: await desk.measure(job.file), transfer: [] };
    case 'prepare': {
      const result = await desk.prepare(job.file, job.form);
      return { result, transfer: [result.image.values.buffer] };
    }
  }
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

async function answer({ id, job }: DeskRequest): Promise<void> {
  try {
    const { result, transfer } = await doJob(job);
    const reply: DeskReply = { kind: 'result', id, result };
    scope.postMessage(reply, transfer as ArrayBuffer[]);
  } catch (thrown) {
    const reply: DeskReply =
      thrown instanceof StudioError
        ? { kind: 'failure', id, failure: thrown.failure }
        : { kind: 'error', id, error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
    scope.postMessage(reply);
  }
}

scope.onmessage = ({ data }: MessageEvent<DeskRequest>) => {
  void answer(data);
};
