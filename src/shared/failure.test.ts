import { expect, it } from 'vitest';
import { StudioError } from './failure';

const failureOf = (message: string) => new StudioError({ code: 'bad-model', message, remedy: message }).failure;

it('shows what is invisible in names, and turns no text round', () => {
  expect(failureOf('The layer a\nb\0c\u202e is wrong.').message).toBe('The layer a\\u000ab\\u0000c\\u202e is wrong.');
});

it('cuts a sentence with a long name in the middle, so that beginning and end stay', () => {
  const { message, remedy } = failureOf(`The layer ${'x'.repeat(100_000)} is not supported.`);
  expect(message.length).toBeLessThanOrEqual(500);
  expect(message).toMatch(/^The layer x+ … x+ is not supported\.$/);
  expect(remedy).toBe(message);
});

it('leaves an ordinary sentence alone', () => {
  expect(failureOf('The file “modèle.h5” is damaged.').message).toBe('The file “modèle.h5” is damaged.');
});
