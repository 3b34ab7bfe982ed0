/** A worker that opens the shelf of prepared images as the engine does, for the test of it. */
import { openOpfsShelf } from '../engine/storage/opfsShelf';

interface Question {
  readonly write?: readonly number[];
  readonly read?: number;
  readonly at?: number;
  readonly clear?: boolean;
}

const opened = openOpfsShelf(navigator.storage);
const name = 'test.pixels';

async function answer({ write, read, at = 0, clear }: Question): Promise<unknown> {
  const result = await opened;
  if ('reason' in result) return { reason: result.reason };
  const { shelf } = result;
  if (clear) {
    for (const file of await shelf.list()) await shelf.remove(file.name);
    return { files: (await shelf.list()).length };
  }
  const file = await shelf.open(name);
  if (write) {
    file.write(Uint8Array.from(write), at);
    file.flush();
    return { limited: shelf.limitBytes > 0 && shelf.limitBytes <= 8 * 2 ** 30, size: file.size() };
  }
  const values = new Uint8Array(read ?? 0);
  file.read(values, at);
  file.close();
  return { values: [...values], names: (await shelf.list()).map((stored) => stored.name) };
}

const scope = globalThis as unknown as Pick<Worker, 'postMessage' | 'onmessage'>;
scope.onmessage = ({ data }: MessageEvent<Question>) => {
  void answer(data).then((said) => {
    scope.postMessage(said);
  });
};
