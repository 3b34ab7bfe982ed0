import { expect, it } from 'vitest';
import OpfsWorker from '../../tests/opfsWorker?worker';

/** Asks a worker of its own, as a tab has one: sync access to private storage is given to workers only. */
function ask(worker: Worker, question: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(question);
  });
}

it('keeps files in the private storage of the browser for one tab at a time, and for the next visit', async () => {
  const first = new OpfsWorker();
  expect(await ask(first, { write: [1, 2, 3, 4], at: 5 })).toMatchObject({ limited: true, size: 9 });
  const second = new OpfsWorker();
  expect(await ask(second, { read: 4, at: 5 })).toEqual({ reason: 'another tab of the studio is using the storage' });
  first.terminate();
  second.terminate();
  // The browser gives the files free a moment after a worker has ended.
  const answer = async () => {
    const next = new OpfsWorker();
    const said = await ask(next, { read: 4, at: 5 });
    await ask(next, { clear: true });
    next.terminate();
    return said;
  };
  await expect.poll(answer, { timeout: 10_000 }).toEqual({ values: [1, 2, 3, 4], names: ['test.pixels'] });
});
