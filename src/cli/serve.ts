/** `npm start`: builds the studio if needed, serves it on this machine and opens it in the browser. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildFolder, ensureBuilt } from './build';
import { createStaticServer, listen } from './staticServer';

const usage = `Usage: npm start -- [options]
  --port N     serve on this port (default: the first free one from 4173)
  --no-open    do not open the browser (nor is it opened in CI or without a terminal)
  --help       show this`;

const firstPort = 4173;
const portsTried = 20;

interface Options {
  /** Null: any free one. */
  readonly port: number | null;
  readonly open: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, open: { type: 'boolean', default: true }, help: { type: 'boolean' } },
    allowNegative: true,
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  const port = values.port === undefined ? null : Number(values.port);
  if (port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new Error(`--port is ${String(values.port)}; give a whole number from 0 to 65535.`);
  }
  return { port, open: values.open };
}

/** The system's command that opens an address, or null where there is no screen to open it on. */
function openCommand(address: string): readonly [string, ...string[]] | null {
  if (process.platform === 'darwin') return ['open', address];
  if (process.platform === 'win32') return ['cmd', '/c', 'start', '', address];
  const hasScreen = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
  return hasScreen ? ['xdg-open', address] : null;
}

function openBrowser(address: string): void {
  if (!process.stdout.isTTY || process.env.CI !== undefined) return;
  const command = openCommand(address);
  if (command === null) return;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => console.log('The browser could not be opened from here: open the address yourself.'));
  child.unref();
}

async function serve({ port, open }: Options): Promise<void> {
  ensureBuilt(console.log);
  const ports = port === null ? Array.from({ length: portsTried }, (_, index) => firstPort + index) : [port];
  const taken = await listen(createStaticServer(buildFolder), ports);
  const address = `http://localhost:${taken}/`;
  console.log(`SOCKET Studio is at ${address}  (press Ctrl+C to stop)`);
  if (open) openBrowser(address);
}

try {
  await serve(readOptions());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
