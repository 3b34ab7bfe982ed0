import { visibleText } from './visibleText';

/** What can go wrong, as codes that the page, the command line and the tests share. */
export type FailureCode =
  | 'unknown-format' // no reader claims the file
  | 'unsupported-format' // recognised, but cannot be used (the remedy names the way out)
  | 'damaged-file' // truncated, wrong checksum, inconsistent lengths
  | 'missing-file' // a shard or companion file was not given
  | 'unsupported-layer' // a layer or option of the model that has no equivalent here
  | 'choice-needed' // several networks fit the file: `choices` lists them
  | 'bad-model' // readable, but not usable: no classifier, NaN weights, cyclic graph
  | 'unsafe-path' // URL, `..` or absolute path inside a model or archive
  | 'too-large' // over a stated budget (pixels, bytes, entries)
  | 'no-images' // nothing usable in a folder
  | 'no-pairs' // no RGB image has a target partner
  | 'mismatch' // two inputs do not fit each other (classes, sizes)
  | 'bad-setting' // a setting out of its range, or an unknown key
  | 'gpu-unavailable' // WebGPU was asked for and there is no adapter
  | 'gpu-lost' // the device was lost while running
  | 'gpu-error' // a validation or out-of-memory error on the device
  | 'not-finite' // the loss became NaN or infinite
  | 'collapse' // nearly all predictions fell into one class
  | 'storage' // browser storage refused
  | 'cancelled' // the person wanted something else meanwhile
  | 'stopped-engine' // the worker died
  | 'busy' // a run is in progress
  | 'bug'; // anything else: a fault of the studio

/** One of several ways to go on, for the person to choose. */
export interface FailureChoice {
  /** What is passed on when it is chosen. */
  readonly id: string;
  /** For people: `Strided shortcut with zero channels`. */
  readonly label: string;
  /** How to tell that it is the right one. */
  readonly help: string;
}

/** A failure as plain data: it crosses the worker boundary and lands in records unchanged. */
export interface Failure {
  readonly code: FailureCode;
  /** One sentence for the person; names the file or setting. */
  readonly message: string;
  /** What to do next. */
  readonly remedy: string;
  /** Technical detail, shown on demand. */
  readonly detail?: string;
  /** With the code `choice-needed`: the ways to go on, at least two. */
  readonly choices?: readonly FailureChoice[];
}

const longestSentence = 500;

/** A sentence that holds names of a file, fit to be shown: nothing invisible, and cut in the middle when it is long. */
function legible(sentence: string): string {
  if (sentence.length <= longestSentence) return visibleText(sentence);
  const half = (longestSentence - 3) / 2;
  return visibleText(`${sentence.slice(0, Math.ceil(half))} … ${sentence.slice(-Math.floor(half))}`);
}

/** The one error class of the studio; anything else that is thrown is a bug. */
export class StudioError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    const message = legible(failure.message);
    super(message);
    this.name = 'StudioError';
    this.failure = { ...failure, message, remedy: legible(failure.remedy) };
  }
}

/** The failure of anything thrown; what is not a {@link StudioError} is reported as a bug with its stack. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof StudioError) return thrown.failure;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return {
    code: 'bug',
    message: `The studio made a mistake: ${error.message}`,
    remedy: 'Please report it with the detail below; your files are untouched.',
    detail: error.stack ?? error.message,
  };
}
