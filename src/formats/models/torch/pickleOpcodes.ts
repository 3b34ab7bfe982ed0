import { StudioError } from '../../../shared/failure';
import type { PickleMachine } from './pickleMachine';
import { objectOf, type PickleValue } from './pickleValue';
import { damagedPickle, SAVE_STATE_DICT, tooLarge } from './refusals';

const nothing: PickleValue = { kind: 'opaque' };

type Step = (machine: PickleMachine) => void;

const MOST_DIGITS = 255;
const LONGEST_NAME = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(machine: PickleMachine, length: number): string {
  const bytes = machine.reader.bytes(length);
  try {
    return utf8.decode(bytes);
  } catch {
    return damagedPickle(machine.file, 'a text in it is not UTF-8');
  }
}

/** A text of Python 2: one byte a character. */
const byteTextOf = (machine: PickleMachine, length: number): string =>
  new TextDecoder('latin1').decode(machine.reader.bytes(length));

/** Up to the end of the line. */
function lineOf(machine: PickleMachine): string {
  let line = '';
  for (;;) {
    const code = machine.reader.uint8();
    if (code === 0x0a) return line;
    if (line.length >= LONGEST_NAME) tooLarge(machine.file, 'it asks for a name of more than 1000 letters');
    line += String.fromCharCode(code);
  }
}

/** A little-endian integer in two's complement. */
function integerOf(machine: PickleMachine, length: number): number | bigint {
  if (length > MOST_DIGITS) tooLarge(machine.file, 'it holds a number of more than 255 bytes');
  const bytes = machine.reader.bytes(length);
  const unsigned = bytes.reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * length, unsigned);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** The only big-endian number of a pickle. */
function floatOf(machine: PickleMachine): number {
  const bytes = machine.reader.bytes(8);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}

const value =
  (read: (machine: PickleMachine) => PickleValue): Step =>
  (machine) => {
    machine.push(read(machine));
  };

/** The same for what counts as an object. */
const object = (read: (machine: PickleMachine) => PickleValue): Step =>
  value((machine) => {
    machine.build();
    return read(machine);
  });

const bytes = (length: (machine: PickleMachine) => number): Step =>
  object((machine) => ({ kind: 'bytes', bytes: machine.reader.bytes(length(machine)) }));

const tuple = (count: number): Step =>
  object((machine) => ({ kind: 'tuple', items: Array.from({ length: count }, () => machine.pop()).reverse() }));

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const list = objectOf(machine.top(), 'list');
  if (list) for (const item of items) list.items.push(item);
  else if (!objectOf(machine.top(), 'opaque')) damagedPickle(machine.file, 'something is appended to what is no list');
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  if (items.length % 2 !== 0) damagedPickle(machine.file, 'a dictionary has a key without a value');
  const dictionary = objectOf(machine.top(), 'dict');
  if (!dictionary && !objectOf(machine.top(), 'opaque')) {
    damagedPickle(machine.file, 'a key is set in what is no dictionary');
  }
  for (let at = 0; at < items.length; at += 2) dictionary?.entries.set(items[at] ?? null, items[at + 1] ?? null);
}

function dictionaryOf(machine: PickleMachine, items: readonly PickleValue[]): void {
  machine.build();
  machine.push({ kind: 'dict', entries: new Map() });
  setItems(machine, items);
}

/** Calls a global, in name only. */
function call(machine: PickleMachine): void {
  const args = objectOf(machine.pop(), 'tuple');
  const callee = objectOf(machine.pop(), 'global');
  if (!args || !callee) return damagedPickle(machine.file, 'it calls what cannot be called');
  machine.build();
  machine.push(machine.world.call(callee.name, args.items));
}

/** State that is put into an object: attributes of no interest. */
function build(machine: PickleMachine): void {
  machine.pop();
  const target = machine.top();
  if (!objectOf(target, 'dict') && !objectOf(target, 'opaque') && !objectOf(target, 'tensor')) {
    damagedPickle(machine.file, 'it sets the state of what has none');
  }
}

function frozenSet(machine: PickleMachine): void {
  machine.popToMark();
  machine.push(nothing);
}

function stackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof name !== 'string' || typeof module !== 'string') damagedPickle(machine.file, 'a name in it is no text');
  machine.push(machine.world.global(`${module}.${name}`));
}

function requireProtocol(machine: PickleMachine, protocol: number): void {
  if (protocol < 2 || protocol > 5) damagedPickle(machine.file, `its pickle has the unknown protocol ${protocol}`);
}

const refused =
  (what: string): Step =>
  ({ file }) => {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${file} uses the pickle instruction ${what}, which no file of torch.save has and which is never run here.`,
      remedy: `Save the weights again with ${SAVE_STATE_DICT}.`,
    });
  };

const byte = ({ reader }: PickleMachine): number => reader.uint8();
const short = ({ reader }: PickleMachine): number => reader.uint16();
const word = ({ reader }: PickleMachine): number => reader.uint32();
const long = ({ reader }: PickleMachine): number => reader.uint64();

const values: readonly (readonly [number | string, Step])[] = [
  ['N', value(() => null)],
  [0x88, value(() => true)],
  [0x89, value(() => false)],
  ['J', value((machine) => word(machine) | 0)],
  ['K', value(byte)],
  ['M', value(short)],
  [0x8a, value((machine) => integerOf(machine, byte(machine)))],
  [0x8b, value((machine) => integerOf(machine, word(machine)))],
  ['G', value(floatOf)],
  ['X', value((machine) => textOf(machine, word(machine)))],
  [0x8c, value((machine) => textOf(machine, byte(machine)))],
  [0x8d, value((machine) => textOf(machine, long(machine)))],
  ['T', value((machine) => byteTextOf(machine, word(machine)))],
  ['U', value((machine) => byteTextOf(machine, byte(machine)))],
  ['B', bytes(word)],
  ['C', bytes(byte)],
  [0x8e, bytes(long)],
  [0x96, bytes(long)],
];

const containers: readonly (readonly [number | string, Step])[] = [
  [']', object(() => ({ kind: 'list', items: [] }))],
  ['l', object((machine) => ({ kind: 'list', items: machine.popToMark() }))],
  ['a', (machine) => append(machine, [machine.pop()])],
  ['e', (machine) => append(machine, machine.popToMark())],
  [')', tuple(0)],
  [0x85, tuple(1)],
  [0x86, tuple(2)],
  [0x87, tuple(3)],
  ['t', object((machine) => ({ kind: 'tuple', items: machine.popToMark() }))],
  ['}', (machine) => dictionaryOf(machine, [])],
  ['d', (machine) => dictionaryOf(machine, machine.popToMark())],
  ['s', (machine) => setItems(machine, [machine.pop(), machine.pop()].reverse())],
  ['u', (machine) => setItems(machine, machine.popToMark())],
  // Sets are of no interest.
  [0x8f, value(() => nothing)],
  [0x90, (machine) => append(machine, machine.popToMark())],
  [0x91, frozenSet],
];

const machinery: readonly (readonly [number | string, Step])[] = [
  [0x80, (machine) => requireProtocol(machine, byte(machine))],
  // A frame says how much to read ahead.
  [0x95, (machine) => machine.reader.skip(8)],
  ['(', (machine) => machine.mark()],
  ['0', (machine) => machine.discard()],
  ['1', (machine) => void machine.popToMark()],
  ['2', value((machine) => machine.top())],
  ['q', (machine) => machine.remember(byte(machine))],
  ['r', (machine) => machine.remember(word(machine))],
  [0x94, (machine) => machine.remember(machine.remembered())],
  ['h', value((machine) => machine.recall(byte(machine)))],
  ['j', value((machine) => machine.recall(word(machine)))],
];

const names: readonly (readonly [number | string, Step])[] = [
  ['c', value((machine) => machine.world.global(`${lineOf(machine)}.${lineOf(machine)}`))],
  [0x93, stackGlobal],
  ['R', call],
  [0x81, call],
  ['b', build],
  ['Q', object((machine) => machine.world.persistent(machine.pop()))],
  ['P', refused('PERSID')],
  ['i', refused('INST')],
  ['o', refused('OBJ')],
  [0x82, refused('EXT1')],
  [0x83, refused('EXT2')],
  [0x84, refused('EXT4')],
  [0x92, refused('NEWOBJ_EX')],
  [0x97, refused('NEXT_BUFFER')],
  [0x98, refused('READONLY_BUFFER')],
];

const codeOf = (code: number | string): number => (typeof code === 'number' ? code : code.charCodeAt(0));

/** What each instruction of a pickle does; STOP ends it. Protocols 0 and 1 write numbers as text and are not read. */
export const opcodes: ReadonlyMap<number, Step> = new Map(
  [...values, ...containers, ...machinery, ...names].map(([code, step]) => [codeOf(code), step]),
);
