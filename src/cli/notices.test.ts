import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noticesText, packageFolder, readPackage } from './notices';

describe('packageFolder', () => {
  it.each([
    ['/p/node_modules/react/index.js', '/p/node_modules/react'],
    ['/p/node_modules/@tensorflow/tfjs-core/dist/index.js', '/p/node_modules/@tensorflow/tfjs-core'],
    ['/p/node_modules/a/node_modules/b/c.js?url', '/p/node_modules/a/node_modules/b'],
    ['\0/p/node_modules/react/index.js?commonjs-module', '/p/node_modules/react'],
    ['C:\\p\\node_modules\\react\\index.js', 'C:\\p\\node_modules\\react'],
    ['/p/src/app/main.tsx', null],
    ['\0vite/preload-helper.js', null],
  ])('of %j is %j', (moduleId, expected) => {
    expect(packageFolder(moduleId)).toBe(expected);
  });
});

describe('readPackage', () => {
  it('finds name, version, licence and its text', () => {
    const react = readPackage(join(import.meta.dirname, '..', '..', 'node_modules', 'react'));
    expect(react).toMatchObject({ name: 'react', license: 'MIT' });
    expect(react.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(react.texts.join('')).toContain('Permission is hereby granted');
  });
});

describe('noticesText', () => {
  const withText = { name: 'b', version: '2.0.0', license: 'MIT', texts: ['MIT text of b'] };
  const withoutText = { name: 'a', version: '1.0.0', license: 'Apache-2.0', texts: [] };

  it('lists packages by name, each with its own text or that of the licence it names', () => {
    const text = noticesText([withText, withoutText], { 'Apache-2.0': 'text of Apache-2.0' });
    expect(text.indexOf('a 1.0.0 (Apache-2.0)\n\ntext of Apache-2.0')).toBeGreaterThan(0);
    expect(text.indexOf('b 2.0.0 (MIT)\n\nMIT text of b')).toBeGreaterThan(text.indexOf('a 1.0.0'));
  });

  it('says so when there is no text to give', () => {
    expect(noticesText([{ ...withoutText, license: 'ISC' }], {})).toContain('ships no licence text');
  });
});
