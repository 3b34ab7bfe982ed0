import { describe, expect, it } from 'vitest';
import { decideBackend, describeAdapter } from './adapter';

const info = (parts: Partial<GPUAdapterInfo>): GPUAdapterInfo =>
  ({ vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false, ...parts }) as GPUAdapterInfo;
const real = { kind: 'adapter', name: 'Apple M2', software: false } as const;
const software = { kind: 'adapter', name: 'google swiftshader', software: true } as const;
const none = { kind: 'noAdapter' } as const;

describe('the backend', () => {
  it.each([
    ['auto', real, 'webgpu', 'because a GPU is the fastest here'],
    ['auto', software, 'wasm', 'simulated in software'],
    ['auto', none, 'wasm', 'no usable GPU'],
    ['auto', { kind: 'noWebGpu' }, 'wasm', 'no WebGPU'],
    ['wasm', real, 'wasm', 'as you chose'],
    ['webgpu', real, 'webgpu', 'as you chose'],
    ['webgpu', software, 'webgpu', 'many times slower than WebAssembly'],
  ] as const)('for the choice %s with %o is %s, and the reason says %s', (choice, probe, backend, words) => {
    const decided = decideBackend(choice, probe);
    expect(decided.backend).toBe(backend);
    expect(decided.reason).toContain(words);
  });

  it('is never another one than the one that was asked for', () => {
    expect(() => decideBackend('webgpu', none)).toThrow('WebGPU cannot be used: the browser found no usable GPU.');
  });
});

describe('an adapter', () => {
  it.each([
    [{ vendor: 'google', architecture: 'swiftshader' }, true],
    [{ description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, true],
    [{ vendor: 'nvidia', architecture: 'hopper' }, false],
    [{ vendor: 'intel', isFallbackAdapter: true }, true],
  ])('%o is software: %s', (parts, expected) => {
    expect(describeAdapter(info(parts)).software).toBe(expected);
  });
});
