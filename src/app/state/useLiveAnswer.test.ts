import { expect, it } from 'vitest';
import type { Engine } from './engine';
import { createLiveQuestion, type LiveAnswer } from './useLiveAnswer';

type Recipe = { role: 'target'; index: number };

/** An engine whose answers are given by hand; the answer to index 7 is a refusal. */
function heldEngine() {
  const held: (() => void)[] = [];
  const asked: number[] = [];
  const engine = {
    call: (_command: string, { index }: Recipe) => {
      asked.push(index);
      return new Promise((resolve, reject) => {
        held.push(() => {
          if (index === 7) reject(new Error('no such image'));
          else resolve({ path: `image ${index}` });
        });
      });
    },
    subscribe: () => () => undefined,
  } as unknown as Engine;
  const answer = async () => {
    held.shift()!();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { engine, asked, answer };
}

it('has one question on its way, and asks the newest of what came meanwhile', async () => {
  const { engine, asked, answer } = heldEngine();
  const told: LiveAnswer<'images/preview'>[] = [];
  const question = createLiveQuestion(engine, 'images/preview', (got) => told.push(got));
  for (let index = 0; index < 50; index += 1) question.ask({ role: 'target', index });
  expect(asked).toEqual([0]);
  await answer();
  expect(asked).toEqual([0, 49]);
  await answer();
  expect(asked).toEqual([0, 49]);
  expect(told.map(({ value }) => value?.path)).toEqual(['image 0', 'image 49']);
});

it('goes on after a refusal', async () => {
  const { engine, asked, answer } = heldEngine();
  const told: LiveAnswer<'images/preview'>[] = [];
  const question = createLiveQuestion(engine, 'images/preview', (got) => told.push(got));
  question.ask({ role: 'target', index: 7 });
  question.ask({ role: 'target', index: 8 });
  await answer();
  expect(told[0]?.failure?.detail).toContain('no such image');
  await answer();
  expect(told[1]).toMatchObject({ value: { path: 'image 8' }, failure: null });
  expect(asked).toEqual([7, 8]);
});

it('tells nothing and asks nothing more once nobody listens', async () => {
  const { engine, asked, answer } = heldEngine();
  const told: unknown[] = [];
  const question = createLiveQuestion(engine, 'images/preview', (got) => told.push(got));
  question.ask({ role: 'target', index: 0 });
  question.ask({ role: 'target', index: 1 });
  question.forget();
  await answer();
  expect(told).toEqual([]);
  expect(asked).toEqual([0]);
});
