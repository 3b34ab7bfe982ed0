import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strictHeaders } from './headers';
import { createStaticServer, fileOfRequest, listen } from './staticServer';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const folder = mkdtempSync(join(tmpdir(), 'static-server-'));
const root = join(folder, 'site');
const server = createStaticServer(root);
let port = 0;

beforeAll(async () => {
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(root, 'index.html'), '<p>studio</p>');
  writeFileSync(join(root, 'assets', 'engine-1a2b.wasm'), 'wasm');
  writeFileSync(join(root, 'assets', 'worker-1a2b.js'), 'worker');
  port = await listen(server, [0]);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Sends the path as it is: `fetch` would resolve `..` before sending. */
function ask(path: string, method = 'GET'): Promise<Answer> {
  return new Promise((settle, fail) => {
    const asked = request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => settle({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', fail).end();
  });
}

describe('createStaticServer', () => {
  it.each([
    ['/', '<p>studio</p>', 'text/html; charset=utf-8'],
    ['/index.html?seed=1', '<p>studio</p>', 'text/html; charset=utf-8'],
    ['/assets/worker-1a2b.js', 'worker', 'text/javascript; charset=utf-8'],
    ['/assets/engine-1a2b.wasm', 'wasm', 'application/wasm'],
  ])('serves %s with its type', async (path, body, type) => {
    const answer = await ask(path);
    expect([answer.status, answer.body, answer.headers['content-type']]).toEqual([200, body, type]);
  });

  it.each(['/', '/assets/worker-1a2b.js', '/missing.js', '/../secret.txt'])(
    'seals the response to %s',
    async (path) => {
      const { headers } = await ask(path);
      for (const [name, value] of Object.entries(strictHeaders)) expect(headers[name.toLowerCase()]).toBe(value);
    },
  );

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/..%5csecret.txt', '/%', '/%00'])(
    'refuses %s',
    async (path) => {
      const answer = await ask(path);
      expect(answer.status).toBe(400);
      expect(answer.body).not.toContain('secret');
    },
  );

  it('has no listing of a folder and no file that is not there', async () => {
    expect((await ask('/assets/')).status).toBe(404);
    expect((await ask('/assets')).status).toBe(404);
  });

  it('answers HEAD without a body and refuses to be written to', async () => {
    expect(await ask('/', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await ask('/', 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it('lets browsers keep hashed files only', async () => {
    expect((await ask('/assets/worker-1a2b.js')).headers['cache-control']).toContain('immutable');
    expect((await ask('/')).headers['cache-control']).toBe('no-cache');
  });
});

describe('listen', () => {
  it('takes the next port when one is in use', async () => {
    const second = createStaticServer(root);
    const taken = await listen(second, [port, 0]);
    second.close();
    expect(taken).not.toBe(port);
    expect(taken).toBeGreaterThan(0);
  });

  it('fails when the only port is in use', async () => {
    await expect(listen(createStaticServer(root), [port])).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('fileOfRequest', () => {
  it('is not fooled by a folder whose name begins like the root', () => {
    expect(fileOfRequest('/srv/site', '/../site-private/key')).toBeNull();
  });
});
