import { createByteReader, type ByteReader } from '../../byteReader';
import { opcodes } from './pickleOpcodes';
import type { PickleValue } from './pickleValue';
import { damagedPickle, tooLarge } from './refusals';

/**
 * The memory of a pickle machine: a stack, marks in it, and what was put aside to be used again.
 * Every step takes time in proportion to what it takes from the stack, so that a pickle is read in linear time.
 */
export interface PickleMachine {
  readonly file: string;
  readonly reader: ByteReader;
  /** What a pickle calls by name, and what it refers to outside of itself. */
  readonly world: PickleWorld;
  push(value: PickleValue): void;
  pop(): PickleValue;
  /** The topmost value, which stays. */
  top(): PickleValue;
  mark(): void;
  /** Everything above the last mark, which goes as well. */
  popToMark(): PickleValue[];
  /** Takes the topmost value, or the last mark if nothing is above it. */
  discard(): void;
  remember(index: number): void;
  recall(index: number): PickleValue;
  remembered(): number;
  /** Counts something that is built, against bombs. */
  build(): void;
}

/** What lies outside of a pickle. Both refuse by a StudioError what they do not know. */
export interface PickleWorld {
  /** What a name stands for; called when it is mentioned, whether or not it is used. */
  global(name: string): PickleValue;
  /** What a call of a global builds. Nothing is run. */
  call(name: string, args: readonly PickleValue[]): PickleValue;
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}

const MOST_STEPS = 3_000_000;
const MOST_OBJECTS = 500_000;
const MOST_VALUES = 1_000_000;
const MOST_MARKS = 1000;

function createMachine(file: string, reader: ByteReader, world: PickleWorld): PickleMachine {
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  let objects = 0;
  const floor = (): number => marks.at(-1) ?? 0;
  const empty = (): never => damagedPickle(file, 'a value is used that is not there');
  const top = (): PickleValue => (stack.length > floor() ? (stack.at(-1) ?? null) : empty());
  return {
    file,
    reader,
    world,
    push(value) {
      if (stack.length >= MOST_VALUES) tooLarge(file, 'too many values are under way at once');
      stack.push(value);
    },
    pop() {
      const value = top();
      stack.pop();
      return value;
    },
    top,
    mark() {
      if (marks.length >= MOST_MARKS) tooLarge(file, `its contents are nested more than ${MOST_MARKS} levels deep`);
      marks.push(stack.length);
    },
    popToMark() {
      const from = marks.pop() ?? empty();
      const items = stack.slice(from);
      stack.length = from;
      return items;
    },
    discard() {
      if (stack.length > floor()) stack.pop();
      else if (marks.pop() === undefined) empty();
    },
    remember(index) {
      if (memo.size >= MOST_VALUES) tooLarge(file, 'too many values are kept');
      memo.set(index, top());
    },
    recall: (index) => memo.get(index) ?? (memo.has(index) ? null : empty()),
    remembered: () => memo.size,
    build() {
      objects += 1;
      if (objects > MOST_OBJECTS) tooLarge(file, `it holds more than ${MOST_OBJECTS} lists and dictionaries`);
    },
  };
}

/**
 * Reads one pickle as data. Nothing that it names is looked up, imported or called: a name that `world` does not know
 * ends the reading. Protocols 2 to 5; see https://docs.python.org/3/library/pickletools.html.
 *
 * @param start of the pickle in `bytes`
 * @returns its value, and the place behind it
 * @throws StudioError 'damaged-file', 'too-large', 'unsupported-format', or what `world` throws
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  file: string,
  world: PickleWorld,
): { readonly value: PickleValue; readonly end: number } {
  const reader = createByteReader(bytes, file);
  reader.seek(start);
  const machine = createMachine(file, reader, world);
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const code = reader.uint8();
    if (code === STOP) return { value: machine.pop(), end: reader.position() };
    const step = opcodes.get(code);
    if (!step) damagedPickle(file, `it has the unknown instruction 0x${code.toString(16)} at ${reader.position() - 1}`);
    step(machine);
  }
  return tooLarge(file, `its pickle has more than ${MOST_STEPS} instructions`);
}

const STOP = 0x2e;
