import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { fakeDirectory } from '../tests/fakeDirectory';
import { createScriptedEngine, scriptedFolder, scriptedProject, scriptedSummary } from '../tests/scriptedEngine';
import { scriptedCheck, scriptedPairs } from '../tests/scriptedFolders';
import { App } from './App';
import { noMemory, type AnyRemembered } from './state/remembered';
import { createStudio } from './state/studio';

afterEach(cleanup);

async function open(answers: Parameters<typeof createScriptedEngine>[0] = {}, door = 'Use my own model and images') {
  const engine = createScriptedEngine(answers);
  const kept: AnyRemembered[] = [];
  const studio = createStudio(engine, { ...noMemory, keep: (folder) => Promise.resolve(void kept.push(folder)) });
  render(<App studio={studio} />);
  act(() => {
    engine.emit({ type: 'engine/ready', engine: scriptedSummary });
  });
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: door }));
  const directory = fakeDirectory('SUNRGBD', {});
  return {
    engine,
    studio,
    user,
    kept,
    find: () => act(() => studio.actions.findDataset(() => Promise.resolve({ kind: 'directory', directory }))),
    asked: (command: string) => engine.asked.filter((call) => call.command === command).map(({ args }) => args),
    directory,
  };
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });

it('shows what a dataset holds, counts along with the answers, and imports it', async () => {
  const { user, find, asked, directory, kept } = await open({ 'dataset/import': () => scriptedProject });
  await find();
  expect(asked('dataset/find')).toEqual([{ files: [], directory }]);
  expect(screen.getByText('17 scenes are in all sensors.')).toBeTruthy();
  expect(screen.getByText('12 frames have no depth image: they are left out.')).toBeTruthy();
  expect(screen.getByText('900 target images')).toBeTruthy();

  await user.selectOptions(screen.getByLabelText(/Which sensor/), 'xtion');
  expect(asked('dataset/choose').at(-1)).toEqual({ key: 'sensor', chosen: ['xtion'] });

  const scenes = within(screen.getByRole('group', { name: /^Which scenes/ }));
  await user.type(scenes.getByRole('searchbox'), 'room');
  expect(scenes.getAllByRole('checkbox')).toHaveLength(6);
  await user.click(scenes.getByRole('button', { name: 'None' }));
  await user.clear(scenes.getByRole('searchbox'));
  await user.click(scenes.getByRole('checkbox', { name: 'living_room' }));
  const left = ['corridor', 'dining_area', 'kitchen', 'lab', 'library', 'office', 'living_room'];
  expect(asked('dataset/choose').at(-1)).toEqual({ key: 'classes', chosen: left });
  expect(screen.getByText('700 target images')).toBeTruthy();

  await user.click(button('Import'));
  await waitFor(() => {
    expect(screen.queryByText('17 scenes are in all sensors.')).toBeNull();
  });
  expect(screen.getByText('238 pairs')).toBeTruthy();
  expect(
    screen.getByText(/^Imported from SUN RGB-D \(SUNRGBD\): 700 target images, 4\s200 pairs of 7 classes\.$/),
  ).toBeTruthy();
  expect(kept).toMatchObject([{ place: 'dataset', name: 'SUNRGBD', handle: directory, answers: { classes: left } }]);
});

it('says that labelled test images stay which the dataset does not replace', async () => {
  const untested = { ...scriptedProject, folders: { target: scriptedFolder('target') } };
  const { user, find } = await open({ 'images/remove': () => untested }, 'Try the demo');
  await find();
  expect(screen.getByText('The labelled test images that are open stay and measure.')).toBeTruthy();
  await user.click(button('Remove Labelled test'));
  expect(screen.queryByText(/stay and measure/)).toBeNull();
});

it('says in its place why a folder is no dataset', async () => {
  const failure = { code: 'unknown-format', message: '"scans" is none.', remedy: 'Known are SUN RGB-D.' } as const;
  const { find } = await open({
    'dataset/find': () => {
      throw new StudioError(failure);
    },
  });
  await find();
  const alert = within(screen.getByRole('alert'));
  expect(alert.getByText(failure.message)).toBeTruthy();
  expect(alert.getByText(/Known are SUN RGB-D/)).toBeTruthy();
  expect(screen.getByRole('heading', { name: 'Whole dataset' })).toBeTruthy();
});

it('stops saying so when another folder is opened elsewhere', async () => {
  const { find, studio } = await open({
    'dataset/find': () => {
      throw new StudioError({ code: 'unknown-format', message: '"scans" is none.', remedy: 'Known are others.' });
    },
    'images/open': () => scriptedProject,
  });
  await find();
  const directory = fakeDirectory('scans', {});
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'directory', directory })));
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says before the import that the model knows none of the classes', async () => {
  const { find } = await open({}, 'Try the demo'); // bottles, bowls and cans
  await find();
  expect(
    screen.getByText(/^The source model knows none of these classes: it tells bottle, bowl, can, … apart/),
  ).toBeTruthy();
});

it('does not call it a failure when the person wanted something else meanwhile', async () => {
  const { studio } = await open({
    'images/open': () => {
      throw new StudioError({ code: 'cancelled', message: 'Another one was chosen.', remedy: 'Choose it again.' });
    },
  });
  const directory = fakeDirectory('scans', {});
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'directory', directory })));
  expect(screen.queryByRole('alert')).toBeNull();
});

it('leads a dataset that was opened in a single role to the place of datasets, without another choice', async () => {
  const target = scriptedFolder('target', { looksLike: 'SUN RGB-D' });
  const { user, studio, asked, directory } = await open({
    'images/open': () => ({ ...scriptedProject, folders: { target } }),
  });
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'directory', directory })));
  expect(screen.getByText(/^This looks like SUN RGB-D\./)).toBeTruthy();
  await user.click(button('Open it as a dataset'));
  expect(asked('dataset/find')).toEqual([{ files: [], directory }]);
  expect(await screen.findByText('17 scenes are in all sensors.')).toBeTruthy();
  expect(document.activeElement?.textContent).toBe('Whole dataset');
});

it('takes back an answer that the engine refuses, and lets go of the dataset on request', async () => {
  const { user, find, asked } = await open({
    'dataset/choose': () => {
      throw new StudioError({ code: 'mismatch', message: 'No class is left.', remedy: 'Choose two.' });
    },
  });
  await find();
  await user.selectOptions(screen.getByLabelText(/Which sensor/), 'xtion');
  expect(await screen.findByText('No class is left.')).toBeTruthy();
  expect(screen.getByLabelText<HTMLSelectElement>(/Which sensor/).value).toBe('kv1');
  await user.click(button('Cancel'));
  expect(screen.queryByText('17 scenes are in all sensors.')).toBeNull();
  expect(asked('dataset/close')).toEqual([{}]);
});

it('says that pairs are aligned, and by how much more than chance', async () => {
  await open({}, 'Try the demo');
  expect(await screen.findByText('Edges agree 0.51 (chance 0.03, 48 pairs compared): aligned.')).toBeTruthy();
  cleanup();
  await open({ 'pairs/check': () => ({ ...scriptedCheck, shuffled: -0.004 }) }, 'Try the demo');
  expect(await screen.findByText('Edges agree 0.51 (chance 0.00, 48 pairs compared): aligned.')).toBeTruthy();
});

it('warns of pairs that show other scenes, and opens the least alike', async () => {
  const check = { ...scriptedCheck, correlation: 0.02, verdict: 'unpaired', differentShapes: 5 } as const;
  const { user, asked } = await open({ 'pairs/check': () => check }, 'Try the demo');
  expect(await screen.findByText(/^Edges agree 0.02 .* do not seem to show the same scenes/)).toBeTruthy();
  expect(screen.getByText(/^In 5 of 48 compared pairs the pictures differ in shape/)).toBeTruthy();
  await user.click(button('rgb/0007.jpg with depth/0007.png'));
  expect(await screen.findByRole('img', { name: 'The pair laid over each other' })).toBeTruthy();
  expect(asked('pairs/preview').at(-1)).toEqual({ index: 7 });
});

it('tries a rule while it is written, and applies it on a click', async () => {
  const { user, asked } = await open(
    { 'pairs/rule': ({ rule }) => ({ ...scriptedProject, pairs: scriptedPairs(rule) }) },
    'Try the demo',
  );
  await user.click(screen.getByText('Change how pairs are found'));
  await user.click(screen.getByRole('radio', { name: 'Pattern' }));
  const field = screen.getByLabelText('Pattern for RGB paths');
  await user.clear(field);
  await user.type(field, 'scene');
  expect((await screen.findByRole('alert')).textContent).toContain('"scene", has no group.');
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(screen.getByLabelText('Pattern for target paths').getAttribute('aria-invalid')).toBe('false');
  expect(button('Apply').disabled).toBe(true);
  await user.clear(field);
  await user.type(field, '(.*)_rgb');
  expect(await screen.findByText('240 pairs')).toBeTruthy();
  expect(screen.getByText('scene-1_depth.png')).toBeTruthy();
  expect(asked('pairs/rule')).toEqual([]);
  await user.click(button('Apply'));
  const rule = { kind: 'pattern', rgb: '(.*)_rgb', target: '^(.*)\\.[^.]*$' };
  expect(asked('pairs/rule')).toEqual([{ rule }]);
  expect(await screen.findByRole('button', { name: 'In force' })).toBeTruthy();
});
