import { describe, expect, it } from 'vitest';
import { listFolder, orderClasses } from './catalog';
import { readLabelList } from './labelList';

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

describe('a list file', () => {
  const images = ['set/02. Cafe/img 1.png', 'set/02. Cafe/img 2.png', 'set/lab/3.png'];

  it('takes the last word as the label and the rest as the path, spaces included', () => {
    const list = readLabelList(
      'set/list.txt',
      '# remark\n02. Cafe/img 1.png 4\n02. Cafe/img 2.png\t4\r\nlab/3.png 11\n\n',
      images,
      'set',
    );
    expect([...(list?.labels ?? [])]).toEqual([
      [images[0], '4'],
      [images[1], '4'],
      [images[2], '11'],
    ]);
    const catalog = listFolder(images, list);
    expect(catalog.classes).toEqual(['4', '11']);
    expect(catalog.skipped).toEqual([]);
  });

  it('understands absolute paths and backslashes', () => {
    const list = readLabelList('l.txt', '/home/me/set/lab/3.png 1\n.\\02. Cafe\\img 1.png 2', images, 'set');
    expect([...(list?.labels.values() ?? [])]).toEqual(['1', '2']);
  });

  it('reads CSV with quotes, or with a heading that names the columns', () => {
    const plain = readLabelList('l.csv', '"02. Cafe/img 1.png",cafe\nlab/3.png,"a ""lab"""', images, 'set');
    expect([...(plain?.labels.values() ?? [])]).toEqual(['cafe', 'a "lab"']);
    const headed = readLabelList('l.csv', 'id,label,file\n1,cafe,02. Cafe/img 1.png\n2,lab,lab/3.png', images, 'set');
    expect([...(headed?.labels.values() ?? [])]).toEqual(['cafe', 'lab']);
  });

  it('names what does not fit: lines without label, missing images, images that are not listed', () => {
    const list = readLabelList(
      'set/list.txt',
      'lab/3.png 1\n02. Cafe/img 1.png 2\nmissing.png 1\noneword',
      images,
      'set',
    );
    expect(listFolder(images, list).skipped).toEqual([
      { path: 'set/02. Cafe/img 2.png', reason: 'is not named in set/list.txt' },
      { path: 'missing.png', reason: 'is named in set/list.txt, but is not among the files' },
      { path: 'set/list.txt', reason: 'line 4 holds no path and label' },
    ]);
  });

  it.each(['Copyright notes about this set', 'split,label,file,source_frame\nx,bed,elsewhere/1.png,3', ''])(
    'is not made of other text: %j',
    (text) => {
      expect(readLabelList('readme.txt', text, images, 'set')).toBeNull();
      expect(readLabelList('manifest.csv', text, images, 'set')).toBeNull();
    },
  );
});
