import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { strictHeaders } from './headers';

const contentTypes: Readonly<Record<string, string>> = {
  '.bin': 'application/octet-stream',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.zip': 'application/zip',
};

/** The file of `root` that a request path means, or null when the path is malformed or leads outside. */
export function fileOfRequest(root: string, requestPath: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(requestPath.replace(/[?#].*$/, ''));
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\')) return null;
  const file = resolve(root, `.${path.endsWith('/') ? `${path}index.html` : path}`);
  return file.startsWith(resolve(root) + sep) ? file : null;
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { ...strictHeaders, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${sentence}\n`);
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    refuse(response, 405, 'This server only hands out files.');
    return;
  }
  const file = fileOfRequest(root, request.url ?? '/');
  if (file === null) {
    refuse(response, 400, 'That is not a path of this site.');
    return;
  }
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) {
    refuse(response, 404, 'There is no such file.');
    return;
  }
  response.writeHead(200, {
    ...strictHeaders,
    'Content-Type': contentTypes[extname(file).toLowerCase()] ?? 'application/octet-stream',
    'Content-Length': found.size,
    // Files under /assets/ carry a hash of their content in the name; all others may change with the next build.
    'Cache-Control': file.startsWith(resolve(root, 'assets') + sep)
      ? 'public, max-age=31536000, immutable'
      : 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file), response);
}

/** A server of the files under `root`, with {@link strictHeaders} on every response, refusals included. */
export function createStaticServer(root: string): Server {
  return createServer((request, response) => {
    // A visitor who leaves in the middle of a file, or a file that vanishes, ends the response and nothing else.
    answer(root, request, response).catch(() => response.destroy());
  });
}

/**
 * Starts listening on this machine only.
 *
 * @param ports tried in order; the first one that is free is taken.
 * @returns the port.
 * @throws the system's error when none is free.
 */
export async function listen(server: Server, ports: readonly number[]): Promise<number> {
  for (const [index, port] of ports.entries()) {
    try {
      return await listenOn(server, port);
    } catch (error) {
      const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!inUse || index === ports.length - 1) throw error;
    }
  }
  throw new Error('No port was given to listen on.');
}

function listenOn(server: Server, port: number): Promise<number> {
  return new Promise((settle, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail);
      const address = server.address();
      settle(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
