import { expect, it } from 'vitest';
import { visibleText } from '../../shared/visibleText';
import { shownName } from './shownName';

it('writes characters that nobody sees, or that turn the text round, as their escape', () => {
  expect(visibleText('cup\u202egnp.exe\n\u0000')).toBe('cup\\u202egnp.exe\\u000a\\u0000');
  expect(visibleText('Größe 杯 🍵')).toBe('Größe 杯 🍵');
});

it('cuts a name at 120 characters without splitting one of them', () => {
  expect(shownName('a'.repeat(120))).toBe('a'.repeat(120));
  expect(shownName('a'.repeat(300))).toBe(`${'a'.repeat(119)}…`);
  expect(shownName('🍵'.repeat(130))).toBe(`${'🍵'.repeat(59)}…`);
});
