import { expect, it } from 'vitest';
import { imageFacts } from './imageFacts';

it('measures finite values alone, and hashes the samples in little endian', async () => {
  const samples = Float32Array.of(NaN, 1, Infinity, 2.5);
  const facts = await imageFacts('a.npy', {
    width: 2,
    height: 2,
    channels: 1,
    bitDepth: 32,
    samples,
    unit: 'metre',
    noReading: 0,
    orientation: 6,
  });
  expect(facts).toEqual({
    file: 'a.npy',
    width: 2,
    height: 2,
    channels: 1,
    bits_per_sample: 32,
    sample_format: 'float',
    dtype: 'float32',
    min: 1,
    max: 2.5,
    mean: 1.75,
    // python3 -c "import hashlib,struct;print(hashlib.sha256(struct.pack('<4f',float('nan'),1,float('inf'),2.5)).hexdigest())"
    sha256_le: 'ff01c4080e5908253238e9c6e689e3f96cff169815edc17793cbde03d3a6cc64',
    unit: 'metre',
    no_reading: 0,
    orientation: 6,
    notes: [],
  });
});

it('has no range without a finite value, and tells integers from floats', async () => {
  const image = { width: 1, height: 1, channels: 1, bitDepth: 16 } as const;
  expect(await imageFacts('a', { ...image, samples: Float64Array.of(NaN) })).toMatchObject({
    min: null,
    max: null,
    mean: null,
  });
  expect(await imageFacts('a', { ...image, samples: Int16Array.of(-3) })).toMatchObject({
    sample_format: 'int',
    dtype: 'int16',
    min: -3,
  });
});
