import type { Failure } from './failure';
import type { DroppedFile } from './images';
import type { Args, CommandName, EngineEvent } from './protocol';

/** Page to worker: a command. */
export interface Request<C extends CommandName = CommandName> {
  readonly kind: 'request';
  readonly id: number;
  readonly command: C;
  readonly args: Args<C>;
}

/**
 * Page to worker: files of a request that follows under the same `id`; its `args.files` are appended to these. A folder
 * of 50 000 files in one message would block the page for half a minute.
 */
export interface FileChunk {
  readonly kind: 'files';
  readonly id: number;
  readonly files: readonly DroppedFile[];
}

/** Worker to page. */
export type Reply =
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'event'; readonly event: EngineEvent };
