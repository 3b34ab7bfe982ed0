import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listFolder } from './catalog';
import { chooseLabelList, createResolver, readLabelList, readListLines } from './labelList';

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

  it('gives the numbers of lines as they stand in the file, remarks and empty lines counted', () => {
    const list = readLabelList('l.txt', '# remark\n\nlab/3.png 1\noneword\n02. Cafe/img 1.png 1\n', images, 'set');
    expect(list?.badLines).toEqual([{ line: 4, reason: 'holds no path and label' }]);
  });

  it('takes what follows the ending of the image as the label, words and all', () => {
    const list = readLabelList('l.txt', '02. Cafe/img 1.png living room\n"lab/3.png", "rest space"', images, 'set');
    expect([...(list?.labels ?? [])]).toEqual([
      [images[0], 'living room'],
      [images[2], 'rest space'],
    ]);
  });

  it('reads semicolons and tabs with a heading, and UTF-8 with a mark', () => {
    const semicolons = readLabelList('l.csv', '\uFEFFfile_name;split;class\r\nlab/3.png;test;lab\r\n', images, 'set');
    expect([...(semicolons?.labels ?? [])]).toEqual([[images[2], 'lab']]);
    const tabs = readLabelList('l.txt', 'image\tlabel\nlab/3.png\tthe lab\n', images, 'set');
    expect([...(tabs?.labels ?? [])]).toEqual([[images[2], 'the lab']]);
  });

  it('says when a path means several images, or an image has two labels', () => {
    const twins = ['set/a/1.png', 'set/b/1.png', 'set/c/2.png', 'set/c/3.png', 'set/c/4.png'];
    const list = readLabelList('set/l.txt', '1.png 0\n2.png 1\nc/2.png 2\n3.png 1\n4.png 1', twins, 'set');
    expect(list?.missing).toEqual([
      { path: '1.png', reason: 'is named in set/l.txt, but 2 files could be meant: set/a/1.png, set/b/1.png' },
      { path: 'set/c/2.png', reason: 'is named twice in set/l.txt with different labels (line 3); the first counts' },
    ]);
    expect(list?.labels.get('set/c/2.png')).toBe('1');
  });

  it('takes a path below its own folder as that', () => {
    const list = readLabelList('set/b/l.txt', '1.png 7', ['set/a/1.png', 'set/b/1.png'], 'set');
    expect([...(list?.labels ?? [])]).toEqual([['set/b/1.png', '7']]);
  });

  it('of several, the one that names most of the images counts', () => {
    const texts = [
      { path: 'set/few.txt', text: 'lab/3.png 1' },
      { path: 'set/most.txt', text: 'lab/3.png 1\n02. Cafe/img 1.png 2' },
      { path: 'set/readme.txt', text: 'Nothing of interest.' },
    ];
    expect(chooseLabelList(texts, images, 'set')?.path).toBe('set/most.txt');
    expect(chooseLabelList(texts.slice(2), images, 'set')).toBeNull();
  });

  it('gives back what was written, whatever system and style wrote it', () => {
    const name = fc
      .stringMatching(/^[a-zA-Z0-9 é_.()-]{1,12}$/)
      .filter((text) => text.trim() === text && !/^\.+$/.test(text));
    const image = fc
      .tuple(name, name, fc.constantFrom('png', 'TIF', 'jpg'))
      .map((parts) => `set/${parts[0]}/${parts[1]}.${parts[2]}`);
    const label = fc.stringMatching(/^[a-zA-Z0-9é]{1,8}$/);
    const style = fc.record({
      prefix: fc.constantFrom('', './', '/home/me/data/set/', 'C:\\data\\set\\', '/mnt/set/'),
      windows: fc.boolean(),
      lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
      mark: fc.constantFrom('', '\uFEFF'),
      form: fc.constantFrom('txt', 'csv', 'quoted', 'headed', 'tsv'),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(image, { minLength: 1, maxLength: 12, selector: (path) => path.normalize('NFC') }),
        fc.infiniteStream(label),
        style,
        (paths, labels, how) => {
          const expected = paths.map((path): [string, string] => [path, labels.next().value as string]);
          const written = (path: string): string => {
            const full = how.prefix + path.slice('set/'.length);
            return how.windows ? full.replaceAll('/', '\\') : full;
          };
          const line = ([path, given]: readonly [string, string]): string =>
            ({
              txt: `${written(path)} ${given}`,
              csv: `${written(path)},${given}`,
              quoted: `"${written(path)}","${given}"`,
              headed: `7,${given},${written(path)}`,
              tsv: `${written(path)}\t${given}`,
            })[how.form];
          const heading = how.form === 'headed' ? ['id,label,path'] : [];
          const text = how.mark + [...heading, ...expected.map(line), ''].join(how.lineEnd);
          const file = {
            txt: 'set/l.txt',
            csv: 'set/l.csv',
            quoted: 'set/l.csv',
            headed: 'set/l.csv',
            tsv: 'set/l.tsv',
          }[how.form];
          const list = readLabelList(file, text, paths, 'set');
          expect(Object.fromEntries(list?.labels ?? [])).toEqual(Object.fromEntries(expected));
          expect(list?.badLines).toEqual([]);
        },
      ),
    );
  });

  it('finds what its definition says, among paths that share their ends', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', '1.png'), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 20 }), path, fc.constantFrom('', 'set'), (paths, listed, root) => {
        const all = paths.map((inside) => ({ inside, path: root === '' ? inside : `${root}/${inside}` }));
        const shared = (one: string): number => {
          const [ends, wanted] = [one, listed].map((text) => text.split('/').reverse());
          const differs = wanted!.findIndex((segment, at) => segment !== ends![at]);
          return differs < 0 ? wanted!.length : differs;
        };
        const fitting = all
          .map((image) => ({ ...image, shared: shared(image.path) }))
          .filter((image) => `/${image.path}`.endsWith(`/${listed}`) || `/${listed}`.endsWith(`/${image.inside}`));
        const longest = fitting.reduce((most, image) => Math.max(most, image.shared), 0);
        const expected = fitting.filter((image) => image.shared === longest).map((image) => image.path);
        const resolve = createResolver(
          all.map((image) => image.path),
          root,
          'lists',
        );
        expect([...resolve(listed)].sort()).toEqual(expected.sort());
      }),
      { numRuns: 2000 },
    );
  });

  it('of 10,000 absolute paths that all end alike is resolved at once', () => {
    const sets = Array.from({ length: 10_000 }, (_, i) => `ds/${String(i).padStart(6, '0')}/color/rgb.png`);
    const text = sets.map((path, i) => `/home/someone/${path} ${i % 7}`).join('\n');
    const start = performance.now();
    const list = readLabelList('lists/all.txt', text, sets, 'ds');
    expect(performance.now() - start).toBeLessThan(15_000);
    expect([...(list?.labels ?? [])]).toEqual(sets.map((path, i) => [path, String(i % 7)]));
  });

  it('may name very many images by one path, on very many lines', () => {
    const sets = Array.from({ length: 150_000 }, (_, i) => `ds/${i}/rgb.png`);
    const resolve = createResolver(sets, 'ds', 'ds');
    const { lines } = readListLines('ds/l.txt', 'rgb.png 1\n'.repeat(20_000), resolve);
    expect(lines).toHaveLength(20_000);
    expect(lines[0]?.reason).toBe(
      'is named in ds/l.txt, but 150000 files could be meant: ds/0/rgb.png, ds/1/rgb.png, ds/2/rgb.png',
    );
  });

  it('takes a label with a separator of lines that editors do not show, and no longer for it', () => {
    const list = readLabelList('l.txt', 'lab/3.png rest\u2028space', images, 'set');
    expect(list?.labels.get(images[2]!)).toBe('rest\u2028space');
    const line = `${'a.png '.repeat(1300)}\u2028 x`;
    const start = performance.now();
    expect(readLabelList('l.txt', `${line}\n`.repeat(300), images, 'set')).toBeNull();
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it.each(['l.txt', 'l.csv'])('names a line that is too long for a path and a label: %s', (path) => {
    const long = `"${'x'.repeat(20_000_000)},1`;
    const text = path === 'l.csv' ? `${long}\nlab/3.png,1\n\n${long}` : `${long}\nlab/3.png 1\nword\n${long}`;
    const more = [...images.slice(0, 2)].map((image) => (path === 'l.csv' ? `${image},2` : `${image} 2`));
    const list = readLabelList(path, [text, ...more].join('\n'), images, 'set');
    expect([...(list?.labels.values() ?? [])]).toEqual(['1', '2', '2']);
    expect(list?.badLines).toEqual([
      { line: 1, reason: 'is longer than 8192 characters' },
      ...(path === 'l.csv' ? [] : [{ line: 3, reason: 'holds no path and label' }]),
      { line: 4, reason: 'is longer than 8192 characters' },
    ]);
  });

  it('never fails, whatever the text is', () => {
    const piece = fc.constantFrom(
      'lab/3.png',
      ' ',
      '"',
      ',',
      ';',
      '\t',
      '\n',
      '\r',
      '#',
      '\\',
      '/',
      '..',
      '\0',
      '\uFEFF',
      '\uD800',
      '<img>',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ maxLength: 5 }), piece), { maxLength: 30 }),
        fc.constantFrom('l.txt', 'l.csv', 'l.tsv'),
        (pieces, path) => {
          const list = readLabelList(path, pieces.join(''), images, 'set');
          for (const image of list?.labels.keys() ?? []) expect(images).toContain(image);
        },
      ),
    );
  });
});
