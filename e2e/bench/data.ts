/**
 * How fast images become network input: decoding and preparing a 640x480 file of each format in one thread, beside
 * sharp (libvips) doing the same decode and resize, and reading a kept image and cutting a view of it. `npm run bench:data`.
 * JPEG, WebP and BMP are decoded by the browser and are not measured here.
 */
import sharp from 'sharp';
import { encodePng } from '../../src/cli/encodePng';
import { createLocalDesk } from '../../src/data/imageDesk';
import type { SourceFile } from '../../src/data/sourceFile';
import { writeView } from '../../src/data/transforms/views';
import { ImageSetFile } from '../../src/engine/storage/imageSetFile';
import { createMemoryShelf } from '../../src/engine/storage/shelf';
import { centerView } from '../../src/shared/imageSet';
import { plainRecipe } from '../../src/shared/recipe';
import { vgaDepth } from './vgaFiles';

const rounds = 7;
const resize = [256, 256] as const;
const form = {
  recipe: { ...plainRecipe, scaling: { kind: 'percentile', low: 1, high: 99 } as const },
  resize,
  channels: 3,
};

const raw = vgaDepth(1);
const words = new Uint8Array(raw.samples.buffer);
const bytes8 = Uint8Array.from(raw.samples, (value) => value >> 5);
const inVips = () => sharp(words, { raw: { width: 640, height: 480, channels: 1 } }).toColourspace('grey16');

/** `\x93NUMPY` 1.0 of unsigned 16-bit samples. */
function npy(): Uint8Array {
  const header = `{'descr': '<u2', 'fortran_order': False, 'shape': (480, 640), }`.padEnd(117) + '\n';
  const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0);
  return Uint8Array.from([...start, ...new TextEncoder().encode(header), ...words]);
}

function pgm(): Uint8Array {
  const swapped = words.slice();
  for (let at = 0; at < swapped.length; at += 2) swapped.set([words[at + 1] ?? 0, words[at] ?? 0], at);
  return Uint8Array.from([...new TextEncoder().encode('P5 640 480 65535\n'), ...swapped]);
}

async function filesByFormat(): Promise<Record<string, Uint8Array>> {
  const tiff = async (compression: 'none' | 'lzw' | 'deflate'): Promise<Uint8Array> =>
    inVips().tiff({ compression, predictor: 'horizontal' }).toBuffer();
  return {
    png8: encodePng({ ...raw, bitDepth: 8, samples: bytes8 }),
    png16: encodePng(raw),
    'tiff none': await tiff('none'),
    'tiff lzw': await tiff('lzw'),
    'tiff deflate': await tiff('deflate'),
    pgm: pgm(),
    npy: npy(),
  };
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Ours and sharp's in turn; medians in milliseconds. sharp is null where it cannot read the format. */
async function compare(content: Uint8Array, path: string): Promise<{ ours: number; theirs: number | null }> {
  const desk = createLocalDesk();
  const file: SourceFile = { path, size: content.length, lastModified: 0, source: new Blob([new Uint8Array(content)]) };
  const theirs = () =>
    sharp(content).resize(256, 256, { fit: 'fill', kernel: 'linear' }).raw({ depth: 'ushort' }).toBuffer();
  const canRead = await theirs().then(
    () => true,
    () => false,
  );
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const ours = await timed(() => desk.prepare(file, form));
    const other = canRead ? await timed(theirs) : NaN;
    if (round === 0) continue;
    times.ours.push(ours);
    times.theirs.push(other);
  }
  return { ours: median(times.ours), theirs: canRead ? median(times.theirs) : null };
}

/** Milliseconds to read a kept image and cut a view of it. */
async function warm(): Promise<number> {
  const shelf = createMemoryShelf(2 ** 26);
  const refuse = (error: Error): never => {
    throw error;
  };
  const files = { pixels: await shelf.open('pixels'), index: await shelf.open('index') };
  const length = resize[0] * resize[1];
  const set = new ImageSetFile({ ...files, title: 'bench', length, onRefused: refuse });
  set.makeRoom(64, new Set());
  for (let at = 0; at < 64; at++) set.put(String(at), String(at), new Uint16Array(length).fill(at));
  const shape = [224, 224, 3] as const;
  const out = new Float32Array(224 * 224 * 3);
  const preprocessing = { preset: 'own' as const, mean: [0.5, 0.5, 0.5] as const, std: [0.2, 0.2, 0.2] as const };
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const time = await timed(() => {
      for (let at = 0; at < 64; at++) {
        const values = set.read(String(at));
        if (values) writeView({ width: 256, height: 256, channels: 1, values }, centerView, shape, preprocessing, out);
      }
    });
    if (round > 0) times.push(time / 64);
  }
  return median(times);
}

async function main(): Promise<void> {
  const lines = ['| format | ours, images/s | sharp, images/s | ours / sharp |', '| --- | --- | --- | --- |'];
  for (const [format, content] of Object.entries(await filesByFormat())) {
    const { ours, theirs } = await compare(content, format);
    const rate = (ms: number): string => (1000 / ms).toFixed(1);
    const sharps = theirs === null ? ['cannot read it', ''] : [rate(theirs), (theirs / ours).toFixed(2)];
    lines.push(`| ${[format, rate(ours), ...sharps].join(' | ')} |`);
  }
  lines.push('', `A kept image, read and cut to 224x224x3: ${(await warm()).toFixed(2)} ms.`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

void main();
