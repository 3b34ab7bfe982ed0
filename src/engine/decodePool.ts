import type { Decoder } from '../data/rawStore';
import type { RawImage } from '../formats/images/format';
import { StudioError } from '../shared/failure';
import type { DecodeReply, DecodeRequest } from './decodeWorker';

/** What is used of a Worker; a test gives its own. */
export interface DecodeWorkerPort {
  postMessage(request: DecodeRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<DecodeReply>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface DecodePoolArgs {
  /** Workers to start; they start with the first image. */
  readonly size: number;
  readonly start: (index: number) => DecodeWorkerPort;
  /** Decodes in this thread, for when no worker can. */
  readonly decodeHere: Decoder;
  /** Told once when decoding has moved into this thread, and why. */
  readonly onFallback: (reason: string) => void;
}

interface Job {
  readonly request: DecodeRequest;
  readonly resolve: (image: RawImage | Promise<RawImage>) => void;
  readonly reject: (error: Error) => void;
}

/** Workers for a machine: one core is left for the training, and images are small. */
export const poolSizeFor = (cores: number): number => Math.min(4, Math.max(1, cores - 1));

/**
 * A decoder that spreads images over workers beside the training. If workers cannot start, or one dies, the open images
 * and all later ones are decoded in this thread, and that is said.
 */
export function createDecodePool({ size, start, decodeHere, onFallback }: DecodePoolArgs): Decoder {
  const jobs = new Map<number, Job>();
  let workers: DecodeWorkerPort[] | null = null;
  let broken = false;
  let nextId = 0;

  const fallBack = (reason: string): void => {
    if (broken) return;
    broken = true;
    for (const worker of workers ?? []) worker.terminate();
    onFallback(reason);
    for (const { request, resolve } of jobs.values()) resolve(decodeHere(request.blob, request.path));
    jobs.clear();
  };

  const settle = (reply: DecodeReply): void => {
    const job = jobs.get(reply.id);
    jobs.delete(reply.id);
    if (reply.kind === 'image') job?.resolve(reply.image);
    else job?.reject(reply.kind === 'failure' ? new StudioError(reply.failure) : reply.error);
  };

  const startAll = (): DecodeWorkerPort[] =>
    Array.from({ length: size }, (_, index) => {
      const worker = start(index);
      worker.onmessage = ({ data }) => {
        settle(data);
      };
      worker.onerror = ({ message }) => {
        fallBack(message === '' ? 'a worker could not be started' : message);
      };
      return worker;
    });

  return (blob, path) => {
    if (!broken && !workers) {
      try {
        workers = startAll();
      } catch (error) {
        fallBack(error instanceof Error ? error.message : String(error));
      }
    }
    const worker = workers?.[nextId % size];
    if (broken || !worker) return decodeHere(blob, path);
    const request = { id: nextId++, blob, path };
    return new Promise((resolve, reject) => {
      jobs.set(request.id, { request, resolve, reject });
      worker.postMessage(request);
    });
  };
}
