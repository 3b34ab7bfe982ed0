import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { plainRecipe } from '../shared/recipe';
import { fakeDirectory } from '../tests/fakeDirectory';
import { createScriptedEngine, scriptedFolder, scriptedProject, scriptedSummary } from '../tests/scriptedEngine';
import { App } from './App';
import {
  daysAgo,
  type AnyRemembered,
  type FolderMemory,
  type RememberedDataset,
  type RememberedFolder,
} from './state/remembered';
import { createStudio } from './state/studio';

afterEach(cleanup);

/** A memory whose content tests can look at. */
function memoryOf(...folders: readonly AnyRemembered[]): FolderMemory & { readonly kept: Map<string, AnyRemembered> } {
  const kept = new Map<string, AnyRemembered>(folders.map((folder) => [folder.place, folder]));
  return {
    kept,
    load: () => Promise.resolve(Object.fromEntries(kept)),
    keep: (folder) => Promise.resolve(void kept.set(folder.place, folder)),
    forget: (place) => Promise.resolve(void kept.delete(place)),
  };
}

const listing = { paths: ['kv1/1.png', 'kv1/2.png'], sizes: Float64Array.of(5, 6), modified: Float64Array.of(1, 2) };
const recipe = { ...plainRecipe, scaling: { kind: 'clip', low: 500, high: 4000 } } as const;
const threeDays = 3 * 24 * 60 * 60 * 1000;

const known = (extra: Partial<RememberedFolder> = {}): RememberedFolder => ({
  place: 'target',
  name: 'kv1_depth',
  handle: fakeDirectory('kv1_depth', {}),
  listing,
  recipe,
  at: Date.now() - threeDays,
  ...extra,
});

const opened = { ...scriptedProject, isDemo: false, folders: { target: scriptedFolder('target') }, pairs: null };

async function open(memory: FolderMemory, answers: Parameters<typeof createScriptedEngine>[0] = {}) {
  const engine = createScriptedEngine({ 'images/open': () => opened, 'images/recipe': () => opened, ...answers });
  const studio = createStudio(engine, memory);
  render(<App studio={studio} />);
  act(() => {
    engine.emit({ type: 'engine/ready', engine: scriptedSummary });
  });
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: 'Use my own model and images' }));
  return { engine, studio, user, asked: (command: string) => engine.asked.filter((call) => call.command === command) };
}

const reconnectButton = () => screen.findByRole('button', { name: 'Reconnect “kv1_depth”' });

it('offers the folder of an earlier visit, opens it with what is remembered, and sets its recipe again', async () => {
  const folder = known();
  const { user, asked } = await open(memoryOf(folder));
  expect(screen.getByText('opened 3 days ago, 2 files')).toBeTruthy();
  await user.click(await reconnectButton());
  await waitFor(() => {
    expect(screen.queryByText(/^Reconnect/)).toBeNull();
  });
  expect(asked('images/open').map(({ args }) => args)).toEqual([
    { role: 'target', files: [], directory: folder.handle, before: listing },
  ]);
  expect(asked('images/recipe').map(({ args }) => args)).toEqual([{ role: 'target', recipe }]);
});

it('does not open what it may not read, and says so', async () => {
  const handle = Object.assign(fakeDirectory('kv1_depth', {}), { requestPermission: () => Promise.resolve('denied') });
  const { user, asked } = await open(memoryOf(known({ handle })));
  await user.click(await reconnectButton());
  const alert = await screen.findByRole('alert');
  expect(within(alert).getByText(/may not read "kv1_depth". Your files are untouched./)).toBeTruthy();
  expect(asked('images/open')).toEqual([]);
});

it('compares a folder that is chosen in place of a lost one with what is remembered', async () => {
  let moved = true;
  const { user, studio, asked } = await open(memoryOf(known()), {
    'images/open': () => {
      if (moved) throw new StudioError({ code: 'missing-file', message: 'It was moved.', remedy: 'Choose it again.' });
      return opened;
    },
  });
  await user.click(await reconnectButton());
  expect(await screen.findByText('It was moved.')).toBeTruthy();
  moved = false;
  const directory = fakeDirectory('elsewhere', {});
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'directory', directory })));
  expect(asked('images/open').at(-1)?.args).toEqual({ role: 'target', files: [], directory, before: listing });
});

it('remembers a folder that has a handle and what is set by hand, but no files and no other folder’s past', async () => {
  const memory = memoryOf(known({ place: 'test' }));
  const { studio, asked } = await open(memory);
  const directory = fakeDirectory('xtion', {});
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'directory', directory })));
  expect(asked('images/open').at(-1)?.args).toEqual({ role: 'target', files: [], directory });
  expect(memory.kept.get('target')).toMatchObject({ name: 'xtion', handle: directory, recipe: null });

  await act(() => studio.actions.setRecipe('target', recipe));
  expect(memory.kept.get('target')).toMatchObject({ recipe });
  await act(() => studio.actions.setRecipe('target', plainRecipe)); // the suggestion
  expect(memory.kept.get('target')).toMatchObject({ recipe: null });

  const files = [{ path: 'a.png', file: new File([], 'a.png') }];
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'files', files })));
  await act(() => studio.actions.setRecipe('target', recipe));
  expect(memory.kept.get('target')).toMatchObject({ name: 'xtion', recipe: null });
});

describe('a dataset that was imported', () => {
  const handle = fakeDirectory('SUNRGBD', {});
  const before: RememberedDataset = { place: 'dataset', name: 'SUNRGBD', handle, answers: {}, at: Date.now() };

  async function importAgain(memory: ReturnType<typeof memoryOf>, change?: string) {
    const page = await open(memory, { 'dataset/import': () => opened });
    await page.user.click(await screen.findByRole('button', { name: 'Reconnect “SUNRGBD”' }));
    await screen.findByText('17 scenes are in all sensors.');
    if (change !== undefined) await page.user.selectOptions(screen.getByLabelText(/Which sensor/), change);
    await page.user.click(screen.getByRole('button', { name: 'Import' }));
    await screen.findByText(/^Imported from SUN RGB-D/);
    return page;
  }

  it('gets the recipes again that were set by hand', async () => {
    const memory = memoryOf({ ...before, answers: { sensor: ['kv1'] } });
    const { studio } = await importAgain(memory);
    await act(() => studio.actions.setRecipe('target', recipe));
    expect(memory.kept.get('dataset')).toMatchObject({ answers: { sensor: ['kv1'] }, recipes: { target: recipe } });
    cleanup();

    const { asked } = await importAgain(memory);
    expect(asked('images/recipe').map(({ args }) => args)).toEqual([{ role: 'target', recipe }]);
    expect(memory.kept.get('dataset')).toMatchObject({ recipes: { target: recipe } });
  });

  it('begins anew with another camera', async () => {
    const memory = memoryOf({ ...before, answers: { sensor: ['kv1'] }, recipes: { target: recipe } });
    const { asked } = await importAgain(memory, 'xtion');
    expect(asked('images/recipe')).toEqual([]);
    expect(memory.kept.get('dataset')).toMatchObject({ recipes: {} });
  });
});

it('forgets on request', async () => {
  const memory = memoryOf(known());
  const { user } = await open(memory);
  await user.click(await screen.findByRole('button', { name: 'Forget kv1_depth' }));
  expect(screen.queryByText(/^Reconnect/)).toBeNull();
  expect(memory.kept.size).toBe(0);
});

it('opens folders all the same when the browser remembers nothing', async () => {
  const refuse = () => Promise.reject(new DOMException('The disk is full.', 'QuotaExceededError'));
  const { studio } = await open({ load: refuse, keep: refuse, forget: refuse });
  const directory = fakeDirectory('xtion', {});
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'directory', directory })));
  expect(studio.getState().project).toBe(opened);
  expect(screen.queryByRole('alert')).toBeNull();
  expect(
    screen.getByText(/does not remember folders for the next visit: QuotaExceededError: The disk is full/),
  ).toBeTruthy();
});

it('counts days as calendars do', () => {
  const at = (day: number, hour: number): number => new Date(2026, 2, day, hour).getTime();
  expect(daysAgo(at(5, 1), at(5, 23))).toBe('today');
  expect(daysAgo(at(5, 23), at(6, 1))).toBe('yesterday');
  expect(daysAgo(at(5, 23), at(17, 1))).toBe('12 days ago');
  expect(daysAgo(at(6, 1), at(5, 1))).toBe('today'); // a clock that was set back
});
