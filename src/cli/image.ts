/** `npm run image`: what the studio reads in image files, one line of JSON a file. */
import { readFileSync, statSync } from 'node:fs';
import { decodeImage, findImageFormat, headBytes } from '../formats/images/registry';
import { StudioError, toFailure } from '../shared/failure';
import { openImageBrowser } from './imageBrowser';
import type { ImageBrowser } from './imageBrowser';
import { imageFacts } from './imageFacts';
import type { ImageFacts } from './imageFacts';

const usage = `Usage: npm run --silent image -- FILE...

Decodes image files as the studio does and prints one line of JSON for each: size, channels, bits, type, smallest, largest
and mean value, hash of the samples, unit and notes. JPEG, BMP and WebP are decoded in a headless Chromium.

Exit code: 0 when all files can be used, 1 with the reasons when any cannot.`;

function contentOf(path: string): Uint8Array {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return new Uint8Array(readFileSync(path));
  throw new StudioError({ code: 'missing-file', message: `There is no file ${path}.`, remedy: 'Check the path.' });
}

/** A browser that is opened when it is first needed. */
function lazyBrowser(): { readonly get: () => Promise<ImageBrowser>; readonly close: () => Promise<void> } {
  let opened: Promise<ImageBrowser> | null = null;
  return {
    get: () => (opened ??= openImageBrowser(console.error)),
    close: async () => {
      if (opened) await (await opened).close();
    },
  };
}

async function factsOf(path: string, browser: () => Promise<ImageBrowser>): Promise<ImageFacts> {
  const bytes = contentOf(path);
  const format = findImageFormat(bytes.subarray(0, headBytes));
  if (format?.needsBrowser) return (await browser()).facts(bytes, path);
  return imageFacts(path, await decodeImage(bytes, path));
}

async function printFacts(paths: readonly string[]): Promise<void> {
  const browser = lazyBrowser();
  try {
    for (const path of paths) {
      try {
        console.log(JSON.stringify(await factsOf(path, browser.get)));
      } catch (thrown) {
        const { message, remedy, code, detail } = toFailure(thrown);
        console.error(`${message}\n${remedy}${code === 'bug' && detail !== undefined ? `\n${detail}` : ''}`);
        process.exitCode = 1;
      }
    }
  } finally {
    await browser.close();
  }
}

const paths = process.argv.slice(2);
if (paths.length === 0 || paths.includes('--help')) {
  console.log(usage);
  process.exitCode = paths.length === 0 ? 1 : 0;
} else await printFacts(paths);
