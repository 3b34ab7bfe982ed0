import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { StudioError } from '../shared/failure';
import { projectRoot } from './build';
import { ensureChromium, realGpuArgs } from './chromium';
import type { ImageFacts } from './imageFacts';
import type { factsAt } from './imagePage';

/** A browser that decodes what Node cannot. */
export interface ImageBrowser {
  /** @throws StudioError that says why the image cannot be used */
  facts(bytes: Uint8Array, file: string): Promise<ImageFacts>;
  close(): Promise<void>;
}

type ImagePage = typeof globalThis & { readonly imagePage: { readonly factsAt: typeof factsAt } };

/** Nothing is sent there: every request is answered here. */
const origin = 'https://localhost/';

/** `imagePage.ts` and what it imports as one script. */
async function bundlePage(): Promise<string> {
  const built = await build({
    configFile: false,
    root: projectRoot,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      lib: { entry: join(projectRoot, 'src', 'cli', 'imagePage.ts'), name: 'imagePage', formats: ['iife'] },
    },
  });
  const [output] = Array.isArray(built) ? built : [built];
  if (!('output' in output)) throw new Error('The page that decodes images was not built.');
  return output.output[0].code;
}

/**
 * Opens a browser with the studio's decoders.
 * @param say told what is being done, in sentences
 */
export async function openImageBrowser(say: (line: string) => void): Promise<ImageBrowser> {
  const script = await bundlePage();
  const browser = await chromium.launch({ executablePath: ensureChromium(say), args: realGpuArgs() });
  const page = await browser.newPage();
  let current: Uint8Array = new Uint8Array(0);
  await page.route('**/*', (route, request) =>
    request.url() === origin
      ? route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
      : route.fulfill({ contentType: 'application/octet-stream', body: Buffer.from(current) }),
  );
  await page.goto(origin);
  await page.addScriptTag({ content: script });
  return {
    async facts(bytes, file) {
      current = bytes;
      const answer = await page.evaluate((name) => (globalThis as ImagePage).imagePage.factsAt('image', name), file);
      if (answer.ok) return answer.value;
      throw new StudioError(answer.failure);
    },
    close: () => browser.close(),
  };
}
