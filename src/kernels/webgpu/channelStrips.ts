import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Layout } from '../channelLayout';
import { allocate, type GpuBackend } from './backend';
import type { Program } from './program';
import { dispatch } from './runner';

/**
 * Work on `[rows, channels]` arrays (channels last), split into strips of rows: an invocation has one strip of one
 * channel, or of four neighbouring ones, and walks down its rows alone. No invocation waits for another.
 */

/** `V` in the code: four channels at a time where they divide by four. */
export type Lane = 'vec4f' | 'f32';

export function laneOf(channels: number): Lane {
  return channels % 4 === 0 ? 'vec4f' : 'f32';
}

export const workgroup = [64] as const;

/** Programs by what their code depends on. */
export function variants<Choices extends readonly (string | boolean)[]>(
  build: (...choices: Choices) => Program,
): (...choices: Choices) => Program {
  const built = new Map<string, Program>();
  return (...choices) => {
    const key = choices.join();
    const program = built.get(key) ?? build(...choices);
    built.set(key, program);
    return program;
  };
}

/** The rows of the matched images and those of the others never share a strip. */
export interface Strips {
  /** Channels, or groups of four. */
  readonly channels: number;
  readonly rows: number;
  readonly split: number;
  readonly headStrips: number;
  readonly restStrips: number;
}

export const stripDims = ['channels', 'rows', 'split', 'headStrips', 'restStrips'] as const;

function channelGroups(channels: number): number {
  return laneOf(channels) === 'vec4f' ? channels / 4 : channels;
}

/** Strips for work that leaves nothing to add up: enough rows that loading the constants of a channel pays. */
export function writingStrips({ channels, rows, split }: Layout): Strips {
  const strips = (count: number): number => Math.ceil(count / 16);
  return {
    channels: channelGroups(channels), rows, split, headStrips: strips(split), restStrips: strips(rows - split),
  }; // prettier-ignore
}

/** More sums than this of a channel are added up in two steps, by several invocations first. */
const mostSums = 64;

/** How many strips a count of rows gets, and in how many sums the sums of the strips are added up first. */
function summing(rows: number, channels: number): { strips: number; sums: number } {
  const invocations = Math.min(Math.max((rows * channels) / 32, 256), 65536);
  const strips = Math.max(1, Math.min(Math.floor(invocations / channels), Math.ceil(rows / 4)));
  if (rows === 0) return { strips: 0, sums: 0 };
  if (strips <= mostSums) return { strips, sums: strips };
  const sums = Math.ceil(Math.sqrt(strips));
  return { strips: sums * Math.floor(strips / sums), sums };
}

/** Strips for sums over rows, and the same for the sums of these sums; null where these are few already. */
function summingStrips({ channels, rows, split }: Layout): { strips: Strips; folded: Strips | null } {
  const groups = channelGroups(channels);
  const [head, rest] = [summing(split, groups), summing(rows - split, groups)];
  const common = { channels: groups, rows, split };
  const isFew = head.strips === head.sums && rest.strips === rest.sums;
  return {
    strips: { ...common, headStrips: head.strips, restStrips: rest.strips },
    folded: isFew ? null : { ...common, headStrips: head.sums, restStrips: rest.sums },
  };
}

function workgroupsFor({ channels, headStrips, restStrips }: Strips): number {
  return Math.ceil((channels * (headStrips + restStrips)) / workgroup[0]);
}

/** Where an invocation is: in scope afterwards are `channel`, `strip`, `isRest`, and the loop variables of {@link rowLoop}. */
export const stripStart = `
  let channel = index % dims.channels;
  let strip = index / dims.channels;
  if (strip >= dims.headStrips + dims.restStrips) { return; }
  let isRest = strip >= dims.headStrips;
  let strips = select(dims.headStrips, dims.restStrips, isRest);
  let end = select(dims.split, dims.rows, isRest);
  let stride = strips * dims.channels;
  var row = select(strip, dims.split + strip - dims.headStrips, isRest);
  var at = row * dims.channels + channel;`;

/** `code` for each of the first `count` rows from `at` on; `$` in it stands for the number of the row. */
export function forRows(count: number, code: string): string {
  return Array.from({ length: count }, (_, i) => code.replaceAll('$at', `at + ${i} * stride`).replaceAll('$', String(i)))
    .join('\n'); // prettier-ignore
}

/** Walks down the rows of a strip, four at a time, then one at a time. */
export function rowLoop(four: string, one: string): string {
  return `
  for (; row + 3 * strips < end; row += 4 * strips) {
    ${four}
    at += 4 * stride;
  }
  for (; row < end; row += strips) {
    ${one}
    at += stride;
  }`;
}

/** A call of a program that begins with {@link stripStart}. */
export function dispatchStrips(
  backend: GpuBackend,
  program: Program,
  call: { outputs: TensorInfo[]; inputs: TensorInfo[]; strips: Strips; dims?: Readonly<Record<string, number>> },
): void {
  const { outputs, inputs, strips, dims } = call;
  dispatch(backend, program, { outputs, inputs, dims: { ...strips, ...dims }, groups: workgroupsFor(strips) });
}

/** A call of a program with one invocation a channel (or four). */
export function dispatchChannels(
  backend: GpuBackend,
  program: Program,
  call: { outputs: TensorInfo[]; inputs: TensorInfo[]; dims: { channels: number } & Readonly<Record<string, number>> },
): void {
  dispatch(backend, program, { ...call, groups: Math.ceil(call.dims.channels / workgroup[0]) });
}

/**
 * Sums over the rows: one pair of sums a strip and channel, and where there are many, fewer sums of these.
 *
 * @param sum writes the pairs of sums of the strips, `[strips, 2, channels]`.
 * @param fold adds them up to fewer ones of the same form.
 * @returns what the strips of the result are, and the sums, which the caller releases.
 */
export function stripSums(
  backend: GpuBackend,
  layout: Layout,
  sum: (partials: TensorInfo, strips: Strips) => void,
  fold: Program,
): { strips: Strips; partials: TensorInfo } {
  const { strips, folded } = summingStrips(layout);
  const sums = ({ headStrips, restStrips }: Strips): TensorInfo =>
    allocate(backend, [headStrips + restStrips, 2, layout.channels]);
  const partials = sums(strips);
  sum(partials, strips);
  if (folded === null) return { strips, partials };
  const fewer = sums(folded);
  const dims = { ...strips, headSums: folded.headStrips, restSums: folded.restStrips };
  dispatch(backend, fold, { outputs: [fewer], inputs: [partials], dims, groups: workgroupsFor(folded) });
  backend.disposeData(partials.dataId);
  return { strips: folded, partials: fewer };
}

export const foldDims = [...stripDims, 'headSums', 'restSums'] as const;

/** Where an invocation of a fold is: `sum` is its number in the result; it adds up every `sums`-th of `strips`. */
export const foldStart = `
  let channel = index % dims.channels;
  let sum = index / dims.channels;
  if (sum >= dims.headSums + dims.restSums) { return; }
  let isRest = sum >= dims.headSums;
  let sums = select(dims.headSums, dims.restSums, isRest);
  let first = select(sum, sum - dims.headSums, isRest);
  let offset = select(0, dims.headStrips, isRest);
  let strips = select(dims.headStrips, dims.restStrips, isRest);`;

/** Writes a pair of sums to their place in `partials`-like arrays. */
export const storePair = (array: string, number: string, first: string, second: string): string => `
  ${array}[2 * ${number} * dims.channels + channel] = ${first};
  ${array}[(2 * ${number} + 1) * dims.channels + channel] = ${second};`;
