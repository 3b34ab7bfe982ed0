import { StudioError, toFailure } from '../shared/failure';
import type { FileChunk, Reply, Request } from '../shared/messages';
import type { DroppedFile } from '../shared/images';
import type { CommandName, EngineEvent, Handlers } from '../shared/protocol';

/** The engine's end of the line to the page: the worker's own scope, or a message port in tests. */
export interface HostPort {
  postMessage(reply: Reply): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

export type Emit = (event: EngineEvent) => void;

/**
 * Answers requests that arrive at a port. Each gets exactly one reply, also when its handler throws or when its result
 * cannot be posted.
 *
 * @param createHandlers gets the function that sends events, and gives one handler a command.
 */
export function serve(port: HostPort, createHandlers: (emit: Emit) => Handlers): void {
  const handlers = createHandlers((event) => {
    port.postMessage({ kind: 'event', event });
  });
  const filesAhead = new Map<number, DroppedFile[]>();

  port.onmessage = ({ data }: MessageEvent<FileChunk | Request>) => {
    if (data.kind === 'files') {
      filesAhead.set(data.id, [...(filesAhead.get(data.id) ?? []), ...data.files]);
      return;
    }
    const ahead = filesAhead.get(data.id);
    filesAhead.delete(data.id);
    void answer(port, handlers, ahead ? withFiles(data, ahead) : data);
  };
}

function withFiles(request: Request, ahead: readonly DroppedFile[]): Request {
  if (!('files' in request.args)) return request;
  return { ...request, args: { ...request.args, files: [...ahead, ...request.args.files] } };
}

async function answer(port: HostPort, handlers: Handlers, request: Request): Promise<void> {
  const { id } = request;
  let reply: Reply;
  try {
    reply = { kind: 'result', id, result: await handle(handlers, request) };
  } catch (thrown) {
    reply = { kind: 'failure', id, failure: toFailure(thrown) };
  }
  try {
    port.postMessage(reply);
  } catch (thrown) {
    // What cannot be cloned is a fault of the handler; a failure is strings only and always goes through.
    port.postMessage({ kind: 'failure', id, failure: toFailure(thrown) });
  }
}

async function handle<C extends CommandName>(handlers: Handlers, { command, args }: Request<C>): Promise<unknown> {
  if (!Object.hasOwn(handlers, command)) {
    throw new StudioError({
      code: 'bug',
      message: `The engine knows no command "${command}".`,
      remedy: 'Reload the page, so that page and engine are of the same version.',
    });
  }
  return handlers[command](args);
}
