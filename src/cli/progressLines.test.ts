import { expect, it } from 'vitest';
import type { EngineEvent } from '../shared/protocol';
import { progressLines } from './progressLines';

const stage = (message: string): EngineEvent => ({ type: 'run/stage', runId: 1, stage: 'preparing', message });

it('counts compiled programs once a second, and says the last one', () => {
  let clock = 0;
  const lineOf = progressLines(() => clock);
  const said = Array.from({ length: 77 }, (_, at) => {
    clock = at * 50; // a program every 50 ms: the 21st, 41st and 61st begin a new second
    return lineOf(stage(`Compiling GPU programs: ${at + 1} of 77`));
  });
  expect(said.filter((line) => line !== null)).toEqual(
    [1, 21, 41, 61, 77].map((done) => `Compiling GPU programs: ${done} of 77 …`),
  );
});

it('says every stage that counts nothing, however soon it follows', () => {
  const lineOf = progressLines(() => 0);
  expect(lineOf(stage('Preparing the images'))).toBe('Preparing the images …');
  expect(lineOf(stage('Training'))).toBe('Training …');
});
