/** What `npm run image` runs in a browser: the studio's decoders, for formats that Node has none for. */
import { decodeImage } from '../formats/images/registry';
import { toFailure } from '../shared/failure';
import type { HeadlessAnswer } from '../shared/headless';
import { imageFacts } from './imageFacts';
import type { ImageFacts } from './imageFacts';

/**
 * Decodes the image at an address and measures it.
 * @param file its name, for messages
 */
export async function factsAt(address: string, file: string): Promise<HeadlessAnswer<ImageFacts>> {
  try {
    const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
    return { ok: true, value: await imageFacts(file, await decodeImage(bytes, file)) };
  } catch (thrown) {
    return { ok: false, failure: toFailure(thrown) };
  }
}
