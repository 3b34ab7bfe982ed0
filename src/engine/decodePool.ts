import type { ImageDigest } from '../data/digest';
import type { ImageDesk, PreparedImage } from '../data/imageDesk';
import type { RawImage } from '../formats/images/format';
import { StudioError } from '../shared/failure';
import type { DeskJob, DeskReply, DeskRequest, DeskResult } from './decodeWorker';

/** What is used of a Worker; a test gives its own. */
export interface DecodeWorkerPort {
  postMessage(request: DeskRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<DeskReply>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface DecodePoolArgs {
  /** Workers to start; they start with the first image. */
  readonly size: number;
  readonly start: (index: number) => DecodeWorkerPort;
  /** Decodes in this thread, for when no worker can. */
  readonly here: ImageDesk;
  /** Told once when decoding has moved into this thread, and why. */
  readonly onFallback: (reason: string) => void;
}

interface Job {
  readonly request: DeskRequest;
  readonly resolve: (result: DeskResult | Promise<DeskResult>) => void;
  readonly reject: (error: Error) => void;
}

interface Hand {
  readonly worker: DecodeWorkerPort;
  readonly underWay: Map<number, Job>;
}

/**
 * Workers for a machine: one core is left for the training. More than eight bring nothing: at a few milliseconds an image
 * they decode faster than a disk and the browser's file service deliver, and each costs some ten megabytes.
 */
export const poolSizeFor = (cores: number): number => Math.min(8, Math.max(1, cores - 1));

/** Jobs of a worker at a time: the bytes of the second are read while the first is decoded. */
const jobsPerWorker = 2;

/** The one with the least to do, if it can take more. */
function freeHand(hands: readonly Hand[]): Hand | undefined {
  const [least] = hands.toSorted((a, b) => a.underWay.size - b.underWay.size);
  return least && least.underWay.size < jobsPerWorker ? least : undefined;
}

const doHere = (here: ImageDesk, job: DeskJob): Promise<DeskResult> => {
  switch (job.kind) {
    case 'raw':
      return here.raw(job.file);
    case 'measure':
      return here.measure(job.file);
    case 'prepare':
      return here.prepare(job.file, job.form);
  }
};

/**
 * A desk that spreads files over workers beside the training: each file goes to the worker with the fewest, what finds
 * all busy waits in a queue, and pictures to look at go to its front. If workers cannot start, or one dies, the open
 * files and all later ones are decoded in this thread, and that is said.
 */
export function createDecodePool({ size, start, here, onFallback }: DecodePoolArgs): ImageDesk {
  const waiting: Job[] = [];
  let hands: Hand[] | null = null;
  let broken = false;
  let nextId = 0;

  const fallBack = (reason: string): void => {
    if (broken) return;
    broken = true;
    const open = [...(hands ?? []).flatMap(({ underWay }) => [...underWay.values()]), ...waiting.splice(0)];
    for (const { worker } of hands ?? []) worker.terminate();
    onFallback(reason);
    for (const { request, resolve } of open) resolve(doHere(here, request.job));
  };

  const settle = (hand: Hand, reply: DeskReply): void => {
    const job = hand.underWay.get(reply.id);
    hand.underWay.delete(reply.id);
    if (reply.kind === 'result') job?.resolve(reply.result);
    else job?.reject(reply.kind === 'failure' ? new StudioError(reply.failure) : reply.error);
    deal();
  };

  const hire = (index: number): Hand => {
    const hand: Hand = { worker: start(index), underWay: new Map() };
    hand.worker.onmessage = ({ data }) => settle(hand, data);
    hand.worker.onerror = ({ message }) => fallBack(message === '' ? 'a worker could not be started' : message);
    return hand;
  };

  /** Hands out what is waiting, as long as there is a hand free for it. */
  const deal = (): void => {
    if (broken) return;
    for (;;) {
      const hand = freeHand(hands ?? []);
      const job = hand && waiting.shift();
      if (!job) return;
      hand.underWay.set(job.request.id, job);
      hand.worker.postMessage(job.request);
    }
  };

  const ask = (job: DeskJob): Promise<DeskResult> => {
    if (!broken && !hands) {
      try {
        hands = Array.from({ length: size }, (_, index) => hire(index));
      } catch (error) {
        fallBack(error instanceof Error ? error.message : String(error));
      }
    }
    if (broken) return doHere(here, job);
    return new Promise((resolve, reject) => {
      const entry = { request: { id: nextId++, job }, resolve, reject };
      waiting.splice(job.kind === 'raw' ? 0 : waiting.length, 0, entry);
      deal();
    });
  };

  return {
    atOnce: size * (jobsPerWorker + 1),
    raw: (file) => ask({ kind: 'raw', file }) as Promise<RawImage>,
    measure: (file) => ask({ kind: 'measure', file }) as Promise<ImageDigest>,
    prepare: (file, form) => ask({ kind: 'prepare', file, form }) as Promise<PreparedImage>,
  };
}
