import { describe, expect, it } from 'vitest';
import { toCsv } from './csv';
import { changedSettings, usualValues } from './settingsForm';
import { settingsOf } from '../../shared/settings';
import { readShortcut } from './shortcuts';
import { bytes, count, duration, measured, percent, plural, points } from './units';

describe('numbers with units', () => {
  it.each([
    [percent(0.712), '71.2\u202f%'],
    [points(-0.031), '−3.1 points'],
    [points(0.324), '+32.4 points'],
    [count(26560), '26\u202f560'],
    [plural(1, 'pair'), '1 pair'],
    [plural(2, 'class', 'classes'), '2 classes'],
    [bytes(999), '999 B'],
    [bytes(4_210_000), '4.2 MB'],
    [bytes(1_240_000_000), '1.24 GB'],
    [duration(59.6), '1 min 0 s'],
    [duration(3840), '1 h 04 min'],
    [duration(Number.POSITIVE_INFINITY), '–'],
    [measured(0.04217), '0.0422'],
    [measured(Number.NaN), '–'],
  ])('%s reads as %s', (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

it('quotes in a CSV what a spreadsheet would take apart', () => {
  expect(
    toCsv({
      columns: ['name', 'value'],
      rows: [
        ['a "b", c', null],
        ['d', 1.5],
      ],
    }),
  ).toBe('name,value\r\n"a ""b"", c",\r\nd,1.5\r\n');
});

it('offers the value that is set among the usual ones', () => {
  expect(usualValues('seed', 31)).toEqual([0, 1, 2, 7, 31, 42, 2020]);
});

it('marks exactly the settings that differ from the preset', () => {
  expect(changedSettings('shot', settingsOf('shot', { epochs: 3, pairWeight: 0 }))).toEqual(['epochs']);
});

describe('keys', () => {
  const press = (key: string, inControl = false) => ({ key, modified: false, inControl });

  it('are read one by one or in pairs', () => {
    expect(readShortcut('', press(' ')).action).toBe('toggleRun');
    expect(readShortcut('', press('g'))).toEqual({ pending: 'g', action: null });
    expect(readShortcut('g', press('i'))).toEqual({ pending: '', action: 'go inspect' });
    expect(readShortcut('g', press('?'))).toEqual({ pending: '', action: null });
  });

  it('mean nothing while the focus is in a field or a modifier is down', () => {
    expect(readShortcut('', press('l', true)).action).toBeNull();
    expect(readShortcut('', { key: 'l', modified: true, inControl: false }).action).toBeNull();
  });
});
