import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { FileBytes } from '../formats/models/format';
import { unzip, zip } from '../formats/zip';
import { checkDemo } from './checkDemo';

const committed = async (path: string): Promise<FileBytes> => ({
  path,
  bytes: new Uint8Array(await readFile(`public/demo/${path}`)),
});

describe('the demo pack in public/demo', () => {
  it('is what its generator makes, and light enough to travel with the page', async () => {
    expect(await checkDemo(committed)).toEqual([]);
  });

  it('is told from one in which an image was exchanged', async () => {
    const exchanged = async (path: string): Promise<FileBytes> => {
      const file = await committed(path);
      if (path !== 'target.zip') return file;
      const images = await unzip(file.bytes, path);
      const other = images.find((image) => image.path === 'banana/0006.png')?.bytes ?? new Uint8Array(0);
      return {
        path,
        bytes: zip(images.map((image) => (image.path === 'banana/0000.png' ? { ...image, bytes: other } : image))),
      };
    };
    expect(await checkDemo(exchanged)).toEqual(['banana/0000.png in target.zip is not what its generator makes.']);
  });

  it('is told from one that is too heavy', async () => {
    const heavy = async (path: string): Promise<FileBytes> => {
      const file = await committed(path);
      return path === 'manifest.json' ? { path, bytes: new Uint8Array(4_000_000) } : file;
    };
    expect(await checkDemo(heavy)).toEqual([
      'manifest.json is not what its generator makes.',
      expect.stringMatching(/^The pack weighs \d+ bytes; 4000000 is the limit\.$/),
    ]);
  });
});
