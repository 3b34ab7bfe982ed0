import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toFailure, type Failure } from '../../../shared/failure';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import { bytesOf, joinBytes, pickle, saveSafetensors, saveStateDict, safetensorsOf, storage, tensor, torchZip, word, type TorchWeight } from '../../../tests/torchFiles'; // prettier-ignore
import { zip } from '../../zip';
import type { FileBytes } from '../format';
import { openModel } from '../registry';

const noStorages = new Map<string, Uint8Array>();

/** A checkpoint around the instructions of a pickle. */
const poisoned = (...instructions: readonly Uint8Array[]): FileBytes =>
  torchZip('net.pt', joinBytes(instructions), noStorages);

const failureOf = async (...files: readonly FileBytes[]): Promise<Failure> =>
  toFailure(await openModel(files).catch((error: unknown) => error));

/** Opens a file, which must be refused within two seconds and 512 MB. */
async function quickFailure(file: FileBytes): Promise<Failure> {
  const [start, before] = [performance.now(), process.resourceUsage().maxRSS];
  const failure = await failureOf(file);
  expect(performance.now() - start).toBeLessThan(2000);
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(512 * 1024);
  expect(failure.code).not.toBe('bug');
  return failure;
}

const system = pickle.global('os', 'system');
const command = pickle.text('echo poisoned');

describe('a pickle is data: whatever is code in it is refused by its name and never run', () => {
  it.each<[string, FileBytes, RegExp]>([
    ['os.system', poisoned(pickle.call(system, command)), /asks for os.system, which is program code and is never run/],
    ['posix.system', poisoned(pickle.call(pickle.global('posix', 'system'), command)), /asks for posix.system/],
    ['builtins.eval', poisoned(pickle.call(pickle.global('builtins', 'eval'), pickle.text('1'))), /builtins.eval/],
    ['a name that is only mentioned', poisoned(system, bytesOf('0N')), /os.system/],
    ['a name made of texts', poisoned(pickle.text('os'), pickle.text('system'), bytesOf(0x93)), /os.system/],
    ['a name with dots', poisoned(bytesOf('ctorch\n_utils.os.system\n')), /torch._utils.os.system/],
    ['control characters in a name', poisoned(bytesOf('c\u001b[31m\nx\n')), /asks for \?\[31m.x,/],
    ['a function of torch', poisoned(pickle.global('torch.hub', 'load')), /torch.hub.load/],
    ['torch.load', poisoned(pickle.global('torch', 'load')), /torch.load/],
    ['a class of the program', poisoned(pickle.global('__main__', 'Net')), /whole pickled model.*__main__.Net/],
    ['a class of torch.nn', poisoned(pickle.global('torch.nn.modules.conv', 'Conv2d')), /whole pickled model/],
    ['INST', poisoned(bytesOf('(ios\nsystem\n')), /instruction INST/],
    ['OBJ', poisoned(bytesOf('('), pickle.global('collections', 'OrderedDict'), bytesOf('o')), /instruction OBJ/],
    ['EXT1', poisoned(bytesOf(0x82, 1)), /instruction EXT1/],
    ['EXT4', poisoned(bytesOf(0x84), word(1)), /instruction EXT4/],
    ['PERSID', poisoned(bytesOf('Pos.system\n')), /instruction PERSID/],
    ['NEWOBJ of a class that is none', poisoned(command, bytesOf(')', 0x81)), /calls what cannot be called/],
    ['NEWOBJ_EX', poisoned(pickle.global('collections', 'OrderedDict'), bytesOf(')}', 0x92)), /NEWOBJ_EX/],
    ['REDUCE of a text', poisoned(pickle.call(command, command)), /calls what cannot be called/],
    ['REDUCE of a storage class', poisoned(pickle.call(pickle.global('torch', 'FloatStorage'), pickle.integer(9))), /torch.FloatStorage, which is no function/],
    ['REDUCE without arguments', poisoned(pickle.global('collections', 'OrderedDict'), bytesOf('NR')), /cannot be called/],
    ['a persistent id that is no storage', poisoned(command, bytesOf('Q')), /leads to no storage/],
    ['a persistent id of a class', poisoned(pickle.tuple(pickle.text('module'), command, command, command), bytesOf('Q')), /leads to no storage/],
    ['BUILD on a text', poisoned(command, bytesOf('}b')), /state of what has none/],
    ['BUILD on a number', poisoned(bytesOf('K', 1, '}b')), /state of what has none/],
    ['APPEND to a dictionary', poisoned(bytesOf('}Na')), /appended to what is no list/],
    ['SETITEM in a list', poisoned(bytesOf(']NNs')), /no dictionary/],
    ['a key without a value', poisoned(bytesOf('}(Nu')), /without a value/],
    ['an empty stack', poisoned(bytesOf('0')), /value is used that is not there/],
    ['a value below a mark', poisoned(bytesOf('N(a')), /value is used that is not there/],
    ['what was never kept', poisoned(bytesOf('h', 7)), /value is used that is not there/],
    ['an unknown instruction', poisoned(bytesOf(0xff)), /unknown instruction 0xff/],
    ['protocol 0', poisoned(bytesOf('I1\n')), /unknown instruction 0x49/],
    ['protocol 9', poisoned(bytesOf(0x80, 9)), /unknown protocol 9/],
    ['complex numbers', poisoned(pickle.global('torch', 'ComplexFloatStorage')), /numbers of the kind torch.ComplexFloatStorage/],
    ['a text that is no UTF-8', poisoned(bytesOf('X'), word(1), bytesOf(0xff)), /not UTF-8/],
  ])('%s', async (_, file, message) => {
    const failure = await quickFailure(file);
    expect(failure.message).toMatch(message);
    expect(failure.remedy).toMatch(/torch\.save\(/);
  }); // prettier-ignore

  it('a bare pickle, a tar archive and TorchScript', async () => {
    const bare = pickle.file(pickle.call(system, command));
    expect((await failureOf({ path: 'net.pkl', bytes: bare })).message).toMatch(/Python pickle that torch.save did not write/);
    const tar = new Uint8Array(1024);
    tar.set(bytesOf('ustar'), 257);
    expect((await failureOf({ path: 'net.pth', bytes: tar })).message).toMatch(/tar archive/);
    const part = (path: string): FileBytes => ({ path, bytes: pickle.file(pickle.none) });
    for (const path of ['net/constants.pkl', 'net/code/__torch__.py']) {
      const script = { path: 'net.pt', bytes: zip([part('net/data.pkl'), part(path)]) };
      expect((await failureOf(script)).message).toMatch(/net.pt is a compiled TorchScript model/);
    }
    const order = { path: 'net/byteorder', bytes: bytesOf('big') };
    const big = { path: 'net.pt', bytes: zip([part('net/data.pkl'), order]) };
    expect((await failureOf(big)).message).toMatch(/big-endian/);
  }); // prettier-ignore

  it('keys that JavaScript gives a meaning stay keys', async () => {
    const value = tensor(storage('0', 2), 0, [2]);
    const entries = ['__proto__', 'constructor', 'toString'].map((key) => [pickle.text(key), value] as const);
    const file = torchZip('net.pt', pickle.dictionary(...entries), new Map([['0', new Uint8Array(8)]]));
    expect((await failureOf(file)).detail).toBe('Its first weights are __proto__, constructor, toString.');
    expect(({} as { shape?: unknown }).shape).toBeUndefined();
  });

  it('files that would land outside of the archive', async () => {
    const file = { path: 'net.pt', bytes: zip([{ path: '../net/data.pkl', bytes: pickle.file(pickle.none) }]) };
    expect((await failureOf(file)).code).toBe('unsafe-path');
  });
});

describe('pickles that want to be large are read in little time and memory, or refused', () => {
  const many = (count: number, part: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(count * part.length);
    for (let at = 0; at < count; at += 1) bytes.set(part, at * part.length);
    return bytes;
  };

  it.each<[string, FileBytes, RegExp]>([
    // Each list holds the one before twice: 2^200 lists if they were unfolded.
    ['lists that double by memo', poisoned(bytesOf(']'), ...Array.from({ length: 200 }, (_, at) => bytesOf('q', at, '0]h', at, 'ah', at, 'a'))), /no dictionary of weights/],
    ['tuples that double', poisoned(bytesOf('N'), many(100_000, bytesOf('2', 0x86))), /no dictionary of weights/],
    ['a list that holds itself', poisoned(bytesOf(']', 0x94, 'h', 0, 'a')), /no dictionary of weights/],
    ['a dictionary that wraps itself', poisoned(bytesOf('}', 0x94), pickle.text('model'), bytesOf('h', 0, 's')), /wraps its weights too often|no dictionary/],
    ['lists nested 100,000 deep', poisoned(many(100_000, bytesOf(']')), many(99_999, bytesOf('a'))), /no dictionary of weights/],
    ['dictionaries nested 100,000 deep', poisoned(many(100_000, joinBytes([bytesOf('}'), pickle.text('model')])), bytesOf('N'), many(100_000, bytesOf('s'))), /wraps its weights too often|no dictionary/],
    ['100,000 open marks', poisoned(many(100_000, bytesOf('('))), /nested more than 1000 levels/],
    ['a million values at once', poisoned(many(1_500_000, bytesOf('N'))), /too many values are under way/],
    ['a million dictionaries', poisoned(many(1_000_000, bytesOf('}0'))), /more than 500000 lists and dictionaries/],
    ['four million instructions', poisoned(many(4_000_000, bytesOf('N0'))), /instructions/],
    ['a number of 4 GiB', poisoned(bytesOf(0x8b), word(-1)), /more than 255 bytes/],
    ['a text of 4 GiB', poisoned(bytesOf('X'), word(-1)), /ends before its contents do/],
    ['bytes of 2^63', poisoned(bytesOf(0x8e), word(-1), word(0x7fffffff)), /no computer can hold/],
    ['a name without an end', poisoned(bytesOf('c'), many(5000, bytesOf('x'))), /more than 1000 letters/],
  ])('%s', async (_, file, message) => {
    expect((await quickFailure(file)).message).toMatch(message);
  }); // prettier-ignore
});

describe('tensors lie inside of their storages, each in its own place', () => {
  const dictionary = (...tensors: readonly Uint8Array[]): Uint8Array =>
    pickle.dictionary(...tensors.map((each, at) => [pickle.text(`weight${at}`), each] as const));
  const eight = new Map([['0', new Uint8Array(32)]]);
  const all = storage('0', 8);

  it.each<[string, Uint8Array, ReadonlyMap<string, Uint8Array>, RegExp]>([
    ['longer than its storage', dictionary(tensor(all, 0, [9])), eight, /shape \[9\] does not fit into its storage/],
    ['beginning too late', dictionary(tensor(all, 7, [2])), eight, /does not fit/],
    ['with too long strides', dictionary(tensor(all, 0, [2, 2], [7, 1])), eight, /does not fit/],
    ['of a negative shape', dictionary(tensor(all, 0, [-1])), eight, /no usable storage, shape or strides/],
    ['of negative strides', dictionary(tensor(all, 7, [8], [-1])), eight, /no usable storage, shape or strides/],
    ['of a negative offset', dictionary(tensor(all, -1, [2])), eight, /no usable storage, shape or strides/],
    ['with too few strides', dictionary(tensor(all, 0, [2, 2], [1])), eight, /no usable storage, shape or strides/],
    ['of a huge shape', dictionary(tensor(all, 0, [0x7fffffff, 0x7fffffff, 0x7fffffff])), eight, /does not fit/],
    ['of a huge shape by strides of 0', dictionary(tensor(all, 0, [0x7fffffff, 0x7fffffff], [0, 0])), eight, /same stored numbers in several places/],
    ['with axes that overlap', dictionary(tensor(all, 0, [3, 3], [2, 1])), eight, /same stored numbers in several places/],
    ['in a storage that is missing', dictionary(tensor(storage('1', 8), 0, [8])), eight, /storage 1 is missing/],
    ['in a storage that is too short', dictionary(tensor(storage('0', 9), 0, [8])), eight, /32 bytes instead of 36/],
    ['in a storage of two sizes', dictionary(tensor(all, 0, [8]), tensor(storage('0', 4), 0, [4])), eight, /two sizes or types/],
    ['in a storage of two types', dictionary(tensor(all, 0, [8]), tensor(storage('0', 8, 'IntStorage'), 0, [8])), eight, /two sizes or types/],
    ['that is stored negated', dictionary(tensor(all, 0, [8], [1], [pickle.dictionary([pickle.text('neg'), bytesOf(0x88)])])), eight, /weight0 of net.pt is stored as another one \(neg\)/],
    ['with metadata that is no dictionary', dictionary(tensor(all, 0, [8], [1], [pickle.text('conj')])), eight, /weight0 of net.pt is stored as another one \(metadata\)/],
    ['in a storage with a path', dictionary(tensor(storage('../0', 8), 0, [8])), eight, /storage ..\/0 is missing/],
  ])('%s', async (_, value, storages, message) => {
    expect((await quickFailure(torchZip('net.pt', value, storages))).message).toMatch(message);
  }); // prettier-ignore
});

it.each([
  ['none', pickle.none],
  ['empty', bytesOf('}')],
  ['false', pickle.dictionary([pickle.text('neg'), bytesOf(0x89)])],
])('metadata of a tensor that is %s changes nothing', async (_, metadata) => {
  const value = pickle.dictionary([pickle.text('weight0'), tensor(storage('0', 8), 0, [8], [1], [metadata])]);
  const failure = await failureOf(torchZip('net.pt', value, new Map([['0', new Uint8Array(32)]])));
  expect(failure.message).toMatch(/a network that the studio does not know/);
});

describe('safetensors: the header describes the file to the last byte', () => {
  const entry = (dtype: string, shape: readonly number[], begin: number, end: number): object => ({ dtype, shape, data_offsets: [begin, end] }); // prettier-ignore
  const four = [new Uint8Array(16)];
  const header = (entries: object): Uint8Array => safetensorsOf(JSON.stringify(entries), four);

  it.each<[string, Uint8Array, RegExp]>([
    ['a hole', header({ a: entry('F32', [1], 0, 4), b: entry('F32', [2], 8, 16) }), /tensor b does not begin where the one before it ends/],
    ['an overlap', header({ a: entry('F32', [3], 0, 12), b: entry('F32', [2], 8, 16) }), /tensor b does not begin/],
    ['bytes that nobody claims', header({ a: entry('F32', [3], 0, 12) }), /does not end where its tensors do/],
    ['a tensor beyond the end', header({ a: entry('F32', [5], 0, 20) }), /does not end where its tensors do/],
    ['a shape that does not fit', header({ a: entry('F32', [5], 0, 16) }), /shape \[5\] does not fit its 16 bytes/],
    ['a huge shape', header({ a: entry('F32', [2 ** 50, 2 ** 50, 2 ** 50], 0, 16) }), /does not fit/],
    ['a negative shape', header({ a: entry('F32', [-2, -2], 0, 16) }), /no usable shape or place/],
    ['offsets the wrong way round', header({ a: entry('F32', [4], 16, 0) }), /does not fit/],
    ['a shape that is no list', header({ a: { dtype: 'F32', shape: 4, data_offsets: [0, 16] } }), /no usable shape/],
    ['an entry that is no object', header({ a: 1 }), /entry a is no tensor/],
    ['a type of 8 bits', header({ a: entry('F8_E4M3', [16], 0, 16) }), /number type F8_E4M3/],
    ['JSON that is none', safetensorsOf('{"a": ', four), /JSON text is damaged/],
    ['a header longer than the file', joinBytes([word(99), word(0), bytesOf('{"a"')]), /ends before its contents do/],
    ['JSON nested 100,000 deep', safetensorsOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, four), /entry a is no tensor/],
    ['a header above the limit', safetensorsOf(`{"a":${' '.repeat(2 ** 22)}1}`, four), /lists its tensors in 4194311 bytes; 4194304 are the most/],
    ['a header of brackets only', safetensorsOf(`{"a":${'['.repeat(4_000_000)}`, four), /JSON text is damaged/],
  ])('%s', async (_, bytes, message) => {
    expect((await quickFailure({ path: 'net.safetensors', bytes })).message).toMatch(message);
  }); // prettier-ignore

  it('__proto__ is a name, and metadata is none', async () => {
    const json =
      '{"__metadata__": {"format": "pt"}, "__proto__": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}';
    const failure = await quickFailure({ path: 'net.safetensors', bytes: safetensorsOf(json, four) });
    expect(failure.detail).toBe('Its first weights are __proto__.');
    expect(({} as { dtype?: unknown }).dtype).toBeUndefined();
  });
});

describe('damaged files are read or refused', () => {
  const fixture = (name: string): FileBytes => ({
    path: name,
    bytes: new Uint8Array(readFileSync(`src/formats/fixtures/torch/${name}`)),
  });
  const weight = (...shape: readonly number[]): TorchWeight => ({
    shape,
    values: new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(1),
  });
  const norm = (key: string, length: number): [string, TorchWeight][] =>
    ['weight', 'bias', 'running_mean', 'running_var'].map((name) => [`${key}.${name}`, weight(length)]);
  const tiny = new Map<string, TorchWeight>([
    ['conv1.weight', weight(2, 3, 3, 3)], ...norm('bn1', 2), ['layer1.0.conv1.weight', weight(2, 2, 3, 3)], ...norm('layer1.0.bn1', 2),
    ['layer1.0.conv2.weight', weight(2, 2, 3, 3)], ...norm('layer1.0.bn2', 2), ['fc.weight', weight(2, 2)], ['fc.bias', weight(2)],
  ]); // prettier-ignore
  /** Long enough for the whole of the pickle of the legacy file and the header of safetensors. */
  const HEADER = 2048;

  it.each([
    fixture('legacyStrides.pth'),
    saveStateDict('tiny.pt', tiny),
    fixture('numberTypes.pt'),
    saveSafetensors('tiny.safetensors', tiny),
  ])(
    '$path',
    async ({ path, bytes }) => {
      const read = (damaged: Uint8Array): Promise<unknown> =>
        openModel([{ path, bytes: damaged }], { choice: 'stem:stride1' });
      await expect(read(bytes)).resolves.toBeDefined();
      const cut = await handle(truncations(bytes, Math.min(HEADER, bytes.length - 1)), read);
      expect(cut).toMatchObject({ opened: 0 });
      const changed = await handle(byteChanges(bytes, HEADER), read);
      expect(changed.opened + changed.refused).toBe(500);
      expect(Math.max(cut.milliseconds, changed.milliseconds)).toBeLessThan(2000);
      expect(Math.max(cut.bytes, changed.bytes)).toBeLessThan(512 * 2 ** 20);
    },
    60_000,
  );
});
