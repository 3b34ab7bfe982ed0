import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from './build';
import { findChromium, thisMachine } from './chromium';
import type { ImageFacts } from './imageFacts';

const corpus = resolve(process.env['SHARED_DIR'] ?? '../shared', 'data', 'formats');
const canRun = existsSync(corpus) && findChromium(thisMachine()) !== null;

interface Expected extends ImageFacts {
  readonly colour_type?: string;
  readonly exif_orientation?: number;
  readonly mean_per_channel?: readonly number[];
  readonly raw_thermal?: Pick<ImageFacts, 'width' | 'height'>;
}

const all = canRun
  ? (JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>)
  : {};
/** TIFF has a test of its own. */
const names = Object.keys(all).filter((name) => !/^(tiff|png-suite-corrupt)\//.test(name));
const refused = ['jpeg/pil_sample_cmyk.jpg', 'other/hopper.gif'];
const exact = names.filter((name) => /^(png|png-suite|pnm|npy)\//.test(name) && all[name]?.colour_type !== 'palette');
const byBrowser = names.filter((name) => /^(jpeg|other)\//.test(name) && !refused.includes(name));
const radiometric = names.filter((name) => name.startsWith('jpeg-radiometric/'));

interface Output {
  readonly exitCode: number;
  readonly facts: ReadonlyMap<string, ImageFacts>;
  readonly refusals: string;
}

function run(files: readonly string[]): Promise<Output> {
  const command = [join('node_modules', 'tsx', 'dist', 'cli.mjs'), join('src', 'cli', 'image.ts'), ...files];
  const options = { cwd: projectRoot, maxBuffer: 2 ** 26 };
  return new Promise((settle) => {
    execFile(process.execPath, command, options, (error, output, refusals) => {
      const facts = output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ImageFacts]));
      const exitCode = error ? Number(error.code) : 0;
      settle({ exitCode, refusals, facts: new Map(facts.map((fact) => [fact.file, fact])) });
    });
  });
}

describe.skipIf(!canRun)('npm run image on files of other programs (shared corpus and a Chromium)', () => {
  let output: Output;
  const factsOf = (name: string): ImageFacts | undefined => output.facts.get(join(corpus, name));

  beforeAll(async () => {
    output = await run(names.map((name) => join(corpus, name)));
  }, 180_000);

  it('reads all but those of other kinds, which it names with a way out', () => {
    expect(output.facts.size).toBe(names.length - refused.length);
    expect(output.exitCode).toBe(1);
    expect(output.refusals.split('\n').map((line) => line.replace(`${corpus}/`, ''))).toEqual([
      'jpeg/pil_sample_cmyk.jpg is a JPEG image with four printing inks (CMYK), which cannot be used.',
      expect.stringMatching(/^Save it as/),
      'other/hopper.gif is a GIF image, whose colours are reduced to 256.',
      expect.stringMatching(/^Take the pictures/),
      '',
    ]);
  });

  it('has files of every kind', () => {
    expect([exact.length > 100, byBrowser.length, radiometric.length]).toEqual([true, 11, 3]);
  });

  it.each(exact)('reads %s exactly', (name) => {
    const wanted = all[name];
    const facts = factsOf(name);
    const same = [
      'width',
      'height',
      'channels',
      'bits_per_sample',
      'sample_format',
      'dtype',
      'min',
      'max',
      'sha256_le',
    ] as const;
    expect(same.map((key) => facts?.[key])).toEqual(same.map((key) => wanted?.[key]));
    expect(facts?.mean).toBeCloseTo(wanted?.mean ?? NaN, 3);
  });

  it.each(byBrowser)('reads %s as others do but for rounding', (name) => {
    const wanted = all[name];
    const facts = factsOf(name);
    expect([facts?.width, facts?.height, facts?.dtype]).toEqual([wanted?.width, wanted?.height, 'uint8']);
    expect(facts?.orientation ?? 1).toBe(wanted?.exif_orientation ?? 1);
    // Grey has one mean; of RGBA the opacity is left out.
    const means = wanted?.mean_per_channel?.slice(0, 3) ?? [wanted?.mean ?? NaN];
    expect(facts?.channels).toBe(means.length);
    const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
    expect(Math.abs((facts?.mean ?? NaN) - mean)).toBeLessThan(1);
  });

  it.each(radiometric)('reads the temperatures of %s', (name) => {
    const { width, height } = all[name]?.raw_thermal ?? {};
    expect(factsOf(name)).toMatchObject({ width, height, channels: 1, dtype: 'float32', unit: 'degreeCelsius' });
  });
});
