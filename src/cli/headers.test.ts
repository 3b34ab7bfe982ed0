import { describe, expect, it } from 'vitest';
import { developmentHeaders, strictHeaders } from './headers';

function policy(headers: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const directives = headers['Content-Security-Policy']?.split('; ') ?? [];
  return new Map(directives.map((directive) => [directive.split(' ')[0] ?? '', directive.replace(/^\S+\s*/, '')]));
}

describe('strictHeaders', () => {
  it('allow nothing that is not named, and no other origin anywhere', () => {
    const strict = policy(strictHeaders);
    expect(strict.get('default-src')).toBe("'none'");
    expect([...strict.values()].join(' ')).not.toMatch(/https?:|\*|data:|unsafe-inline|'unsafe-eval'/);
  });

  it('let scripts come from this origin only, and WASM be compiled', () => {
    expect(policy(strictHeaders).get('script-src')).toBe("'self' 'wasm-unsafe-eval'");
    expect(policy(strictHeaders).get('worker-src')).toBe("'self'");
  });

  it('leave one Trusted Types policy', () => {
    expect(policy(strictHeaders).get('require-trusted-types-for')).toBe("'script'");
    expect(policy(strictHeaders).get('trusted-types')).toBe('studio-worker');
  });

  it('isolate the page, which shared memory and exact clocks need', () => {
    expect(strictHeaders['Cross-Origin-Opener-Policy']).toBe('same-origin');
    expect(strictHeaders['Cross-Origin-Embedder-Policy']).toBe('require-corp');
    expect(strictHeaders['Cross-Origin-Resource-Policy']).toBe('same-origin');
  });
});

describe('developmentHeaders', () => {
  it('differ only in the policy', () => {
    expect({ ...developmentHeaders, 'Content-Security-Policy': '' }).toEqual({
      ...strictHeaders,
      'Content-Security-Policy': '',
    });
  });

  it('still refuse eval and other origins', () => {
    expect([...policy(developmentHeaders).values()].join(' ')).not.toMatch(/https?:|\*|'unsafe-eval'/);
  });
});
