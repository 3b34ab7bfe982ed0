import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downloadZip } from 'client-zip';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { defaultZipLimits, listEntries, unzip } from './zip';
import { replaceInZip } from './zipPatch';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function randomBytes(length: number, seed: number): Uint8Array {
  const rng = createRng(seed);
  return Uint8Array.from({ length }, () => rng.integer(256));
}

const contents = {
  'm/version': text('3\n'),
  'm/weights.bin': randomBytes(5000, 1),
  'm/ä readme.txt': text('read me '.repeat(500)),
  'm/more.bin': randomBytes(64, 2),
};

/** A stored archive whose headers leave lengths and checksums to descriptors after the contents. */
async function streamed(): Promise<Uint8Array> {
  const files = Object.entries(contents).map(([name, input]) => ({ name, input, lastModified: new Date(2000, 0, 1) }));
  return new Uint8Array(await downloadZip(files).arrayBuffer());
}

/** The same without the signature that descriptors usually begin with. */
async function withoutSignatures(): Promise<Uint8Array> {
  const bytes = await streamed();
  const view = new DataView(bytes.buffer);
  const entries = listEntries(bytes, 'a.zip', defaultZipLimits);
  const directory = Math.min(...entries.map(({ record }) => record));
  const parts: Uint8Array[] = [];
  const moved = bytes.slice();
  const movedView = new DataView(moved.buffer);
  for (const [at, entry] of entries.entries()) {
    const next = entries[at + 1]?.offset ?? directory;
    const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
    const after = start + entry.packedSize;
    expect(view.getUint32(after, true)).toBe(0x08074b50);
    parts.push(bytes.subarray(entry.offset, after), bytes.subarray(after + 4, next));
    movedView.setUint32(entry.record + 42, entry.offset - 4 * at, true);
  }
  movedView.setUint32(moved.length - 6, directory - 4 * entries.length, true);
  parts.push(moved.subarray(directory));
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const result = new Uint8Array(size);
  parts.reduce((offset, part) => (result.set(part, offset), offset + part.length), 0);
  return result;
}

const archives: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  stored: () => Promise.resolve(zipSync(contents, { level: 0 })),
  deflated: () => Promise.resolve(zipSync(contents, { level: 9 })),
  mixed: () => Promise.resolve(zipSync({ ...contents, 'm/weights.bin': [contents['m/weights.bin'], { level: 0 }] }, { level: 6 })), // prettier-ignore
  'stored with descriptors': streamed,
  'stored with descriptors that have no signature': withoutSignatures,
};

const findsPython = (): boolean => {
  try {
    return execFileSync('python3', ['--version']).length > 0;
  } catch {
    return false;
  }
};
const hasPython = findsPython();

async function contentsOf(archive: Uint8Array): Promise<Record<string, Uint8Array>> {
  const files = await unzip(archive, 'a.zip', defaultZipLimits);
  return Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
}

describe.each(Object.keys(archives))('an archive %s', (kind) => {
  const archive = async () => (await archives[kind]?.()) ?? new Uint8Array();
  const weights = randomBytes(5000, 9);

  it('holds the new contents beside the old, in the same order', async () => {
    const before = await archive();
    const after = replaceInZip(before, 'a.zip', new Map([['m/weights.bin', weights]]));
    expect(await contentsOf(after)).toEqual({ ...contents, 'm/weights.bin': weights });
    const names = (bytes: Uint8Array) => listEntries(bytes, 'a.zip', defaultZipLimits).map(({ path }) => path);
    expect(names(after)).toEqual(names(before));
  });

  it('takes contents of another length', async () => {
    for (const [path, bytes] of [['m/version', text('a longer version\n')], ['m/more.bin', new Uint8Array()]] as const) {
      const after = replaceInZip(await archive(), 'a.zip', new Map([[path, bytes]]));
      expect(await contentsOf(after)).toEqual({ ...contents, [path]: bytes });
    } // prettier-ignore
  });

  it('changes nothing when there is nothing to change, and nothing of the archive that it was given', async () => {
    const before = await archive();
    const copy = before.slice();
    expect(replaceInZip(before, 'a.zip', new Map())).toEqual(before);
    replaceInZip(before, 'a.zip', new Map([['m/weights.bin', weights]]));
    expect(before).toEqual(copy);
  });

  it.skipIf(!hasPython)('is sound for Python’s zipfile', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zip-'));
    const path = join(folder, 'after.zip');
    const longer = new Map([['m/weights.bin', weights], ['m/version', text('4 and more\n')]]); // prettier-ignore
    writeFileSync(path, replaceInZip(await archive(), 'a.zip', longer));
    expect(execFileSync('python3', ['-m', 'zipfile', '-t', path], { encoding: 'utf8' })).toContain('Done testing');
    const read = `import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read('m/weights.bin'))`;
    expect(new Uint8Array(execFileSync('python3', ['-c', read, path]))).toEqual(weights);
  });
});

describe('what stays byte for byte', () => {
  it.each(['stored', 'mixed', 'stored with descriptors'])('%s: all but contents and checksums', async (kind) => {
    const before = (await archives[kind]?.()) ?? new Uint8Array();
    const flipped = contents['m/weights.bin'].map((value) => value ^ 0xff);
    const after = replaceInZip(before, 'a.zip', new Map([['m/weights.bin', flipped]]));
    expect(after).toHaveLength(before.length);
    // All 5000 bytes of the contents are others; beyond them two copies of the checksum.
    const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
    expect(changed.length).toBeGreaterThan(5000);
    expect(changed.length).toBeLessThanOrEqual(5008);
  });

  it('packed files that are not replaced stay packed', () => {
    const before = zipSync(contents, { level: 9 });
    const entry = (bytes: Uint8Array, path: string) =>
      listEntries(bytes, 'a.zip', defaultZipLimits).find((candidate) => candidate.path === path);
    const after = replaceInZip(before, 'a.zip', new Map([['m/weights.bin', new Uint8Array(5000)]]));
    expect(entry(after, 'm/ä readme.txt')).toMatchObject({ method: 8, packedSize: entry(before, 'm/ä readme.txt')?.packedSize }); // prettier-ignore
    expect(entry(after, 'm/weights.bin')).toMatchObject({ method: 0, packedSize: 5000 });
  });

  it('the comment of the archive stays', async () => {
    const bytes = zipSync(contents, { level: 9 });
    const comment = text('PK and a comment');
    const commented = new Uint8Array(bytes.length + comment.length);
    commented.set(bytes);
    commented.set(comment, bytes.length);
    new DataView(commented.buffer).setUint16(bytes.length - 2, comment.length, true);
    const after = replaceInZip(commented, 'a.zip', new Map([['m/version', text('4\n')]]));
    expect(after.slice(-comment.length)).toEqual(comment);
    expect(await contentsOf(after)).toEqual({ ...contents, 'm/version': text('4\n') });
  });
});

it('refuses what is no archive', () => {
  expect(() => replaceInZip(text('PK\u0003\u0004 nothing'), 'a.zip', new Map())).toThrow('a.zip');
});
