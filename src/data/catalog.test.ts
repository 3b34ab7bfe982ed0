import { describe, expect, it } from 'vitest';
import type { LabelList } from './labelList';
import { listFolder, orderClasses } from './catalog';

describe('a folder of images', () => {
  it('takes labels from class folders', () => {
    const { entries, classes } = listFolder(['set/sofa/2.png', 'set/chair/10.png', 'set/chair/9.png'], null);
    expect(entries).toEqual([
      { path: 'set/chair/9.png', label: 'chair' },
      { path: 'set/chair/10.png', label: 'chair' },
      { path: 'set/sofa/2.png', label: 'sofa' },
    ]);
    expect(classes).toEqual(['chair', 'sofa']);
  });

  it('takes the first level as the class, however deep the images lie', () => {
    const { entries } = listFolder(['set/sofa/s1/a.png', 'set/chair/s2/deep/b.png'], null);
    expect(entries.map(({ label }) => label)).toEqual(['chair', 'sofa']);
  });

  it('has no labels when all images lie side by side', () => {
    expect(listFolder(['set/b.png', 'set/a.png'], null)).toMatchObject({
      root: 'set',
      classes: null,
      entries: [{ path: 'set/a.png', label: null }, { label: null }],
    });
  });

  it('leaves images outside the class folders without a label', () => {
    expect(listFolder(['set/a.png', 'set/chair/b.png'], null).entries).toEqual([
      { path: 'set/a.png', label: null },
      { path: 'set/chair/b.png', label: 'chair' },
    ]);
  });

  it('treats names that mean something to JavaScript or a shell as names', () => {
    const paths = ['x/__proto__/constructor.png', 'x/toString/$(rm).png', 'x/../../etc/a.png'];
    const { classes, entries } = listFolder(paths, null);
    expect(classes).toEqual(['..', '__proto__', 'toString']);
    expect(entries.map(({ path }) => path).sort()).toEqual([...paths].sort());
  });

  it('orders classes as models are trained with: code units, or by value when all are numbers', () => {
    expect(orderClasses(['b', 'a10', 'Z', 'a2', 'b'])).toEqual(['Z', 'a10', 'a2', 'b']);
    expect(orderClasses(['10', '9', '0'])).toEqual(['0', '9', '10']);
  });
});

describe('class folders inside sessions', () => {
  const labels = (...paths: readonly string[]): unknown => listFolder(paths, null).entries.map(({ label }) => label);
  const notes = (...paths: readonly string[]): string => listFolder(paths, null).notes.join(' ');

  it.each([
    ['numbered sessions', ['s/session1/chair/1.png', 's/session1/sofa/1.png', 's/session2/chair/1.png', 's/session2/sofa/1.png']],
    ['splits', ['s/test/chair/1.png', 's/test/sofa/1.png', 's/train/chair/1.png', 's/train/sofa/1.png']],
    ['dates', ['s/2024-05-01/chair/1.png', 's/2024-05-01/sofa/1.png', 's/2024-05-02/chair/1.png', 's/2024-05-02/sofa/1.png']],
    ['sessions with dates', ['s/session_2024-01-10/chair/1.png', 's/session_2024-01-10/sofa/1.png', 's/session_2024-02-01b/chair/1.png', 's/session_2024-02-01b/sofa/1.png']],
    ['places with numbers', ['s/lab-03/chair/1.png', 's/lab-03/sofa/1.png', 's/west12 hall/chair/1.png', 's/west12 hall/sofa/1.png']],
    ['any word with a number', ['s/Aufnahme 1/chair/1.png', 's/Aufnahme 1/sofa/1.png', 's/Aufnahme 2/chair/1.png', 's/Aufnahme 2/sofa/1.png']],
  ])('are the classes below %s, and that is said', (_what, paths) => {
    expect(labels(...paths)).toEqual(['chair', 'sofa', 'chair', 'sofa']);
    expect(notes(...paths)).toMatch(/were taken for sessions, and the folders in them \(chair, sofa\) for the classes/);
  }); // prettier-ignore

  it('are not looked for when the folders below are the sessions', () => {
    const paths = ['s/chair/take1/1.png', 's/chair/take2/1.png', 's/sofa/take1/1.png', 's/sofa/take2/1.png'];
    expect(labels(...paths)).toEqual(['chair', 'chair', 'sofa', 'sofa']);
    expect(notes(...paths)).toBe('');
  });

  it.each([
    ['names that decide nothing', ['s/chair/left/1.png', 's/chair/right/1.png', 's/sofa/left/1.png', 's/sofa/right/1.png']],
    ['numbered classes', ['s/class1/left/1.png', 's/class1/right/1.png', 's/class2/left/1.png', 's/class2/right/1.png']],
    ['views of numbered places', ['s/bath_0001/rgb/1.png', 's/bath_0001/depth/1.png', 's/hall_0002/rgb/1.png', 's/hall_0002/depth/1.png']],
    ['class indices', ['s/0/left/1.png', 's/0/right/1.png', 's/1/left/1.png', 's/1/right/1.png']],
  ])('stay the first level with %s, and that is said', (_what, paths) => {
    expect(new Set(labels(...paths) as string[])).toEqual(new Set(paths.map((path) => path.split('/')[1])));
    expect(notes(...paths)).toMatch(/were taken for the classes\. The same folders lie in several of them/);
  }); // prettier-ignore
});

describe('a list file', () => {
  const list = (...named: readonly string[]): LabelList => ({
    path: 'set/lists/labels.csv',
    labels: new Map(named.map((path) => [path, 'bed'])),
    missing: [],
    badLines: [],
  });

  it('is named where it gives the labels, with how many images it leaves out', () => {
    const paths = ['set/a.png', 'set/b.png', 'set/c.png'];
    const { labelsFrom, notes, skipped } = listFolder(paths, list('set/a.png'));
    expect(labelsFrom).toBe('lists/labels.csv');
    expect(skipped).toHaveLength(2);
    expect(notes).toEqual(['Labels come from lists/labels.csv.', '2 images are not named in lists/labels.csv, and were skipped.']);
    expect(listFolder(paths, list(...paths)).notes).toEqual(['Labels come from lists/labels.csv.']);
    expect(listFolder(['set/a/1.png', 'set/b/2.png'], null).labelsFrom).toBeNull();
  }); // prettier-ignore
});

describe('files that an importer has chosen', () => {
  it('have the labels and partners that it knows, whatever folders they lie in', () => {
    const facts = new Map([
      ['a/x/1.png', { label: 'bed' }],
      ['b/2.png', { pairKey: 'line 1' }],
    ]);
    const { entries, classes } = listFolder(['b/2.png', 'a/x/1.png'], null, facts);
    expect(entries).toEqual([
      { path: 'a/x/1.png', label: 'bed' },
      { path: 'b/2.png', label: null, pairKey: 'line 1' },
    ]);
    expect(classes).toEqual(['bed']);
  });
});
