import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import type { Failure } from '../../shared/failure';
import { NumberField } from './Fields';

afterEach(cleanup);

const refusal: Failure = { code: 'bad-setting', message: '"x" is no rate.', remedy: 'Give a number.' };

function open() {
  const taken: string[] = [];
  const commit = (text: string): Failure | null => {
    if (text === 'x') return refusal;
    taken.push(text);
    return null;
  };
  render(<NumberField label="Rate" value="0.1" onCommit={commit} />);
  return { user: userEvent.setup(), field: screen.getByRole<HTMLInputElement>('textbox', { name: 'Rate' }), taken };
}

it('says at the field why a text was refused, and shows the value that counts', async () => {
  const { user, field, taken } = open();
  await user.clear(field);
  await user.type(field, 'x');
  await user.tab();
  expect(field.value).toBe('0.1');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  const alert = screen.getByRole('alert');
  expect(alert.textContent).toBe('"x" is no rate. Give a number. It stays 0.1.');
  expect(field.getAttribute('aria-describedby')).toBe(alert.id);

  await user.clear(field);
  await user.type(field, '0.5');
  await user.tab();
  expect(screen.queryByRole('alert')).toBeNull();
  expect(taken).toEqual(['0.5']);
});

it('lets refused text be corrected after Enter, and forgets it on Escape', async () => {
  const { user, field, taken } = open();
  await user.clear(field);
  await user.type(field, 'x{Enter}');
  expect(field.value).toBe('x');
  expect(document.activeElement).toBe(field);
  await user.keyboard('{Escape}');
  expect(field.value).toBe('0.1');
  expect(screen.queryByRole('alert')).toBeNull();
  await user.clear(field);
  await user.type(field, '0.5{Enter}');
  expect(taken).toEqual(['0.5']);
});
