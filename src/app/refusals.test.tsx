import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import { createScriptedEngine, scriptedSummary } from '../tests/scriptedEngine';
import { App } from './App';
import { createStudio } from './state/studio';

afterEach(cleanup);

function open() {
  const engine = createScriptedEngine();
  const studio = createStudio(engine);
  render(<App studio={studio} />);
  act(() => {
    engine.emit({ type: 'engine/ready', engine: scriptedSummary });
  });
  return { engine, studio, user: userEvent.setup() };
}

const click = (user: ReturnType<typeof userEvent.setup>, name: string): Promise<void> =>
  user.click(screen.getByRole('button', { name }));

/** Drops onto the row of a folder input; jsdom has no transfer of its own. */
function drop(label: string, items: readonly unknown[]): void {
  fireEvent.drop(screen.getByLabelText(label), { dataTransfer: { items, types: ['Files'] } });
}

const entryOf = (entry: object) => ({ kind: 'file', webkitGetAsEntry: () => entry });

it('refuses the demo on the first page while a run is in progress, and leads back to the run', async () => {
  const { user, engine } = open();
  await click(user, 'Try the demo');
  await click(user, 'Start');
  await user.click(screen.getByTitle('To the first page'));
  await click(user, 'Try the demo');
  expect(within(screen.getByRole('alert')).getByText(/A run is in progress/)).toBeTruthy();
  expect(engine.asked.filter(({ command }) => command === 'project/demo')).toHaveLength(1);
  await click(user, 'Back to the run');
  expect(screen.getByRole('status').textContent).toBe('Running');
});

it('refuses a drop during a run in its row, until the run has ended', async () => {
  const { user, engine } = open();
  await click(user, 'Try the demo');
  await click(user, 'Start');
  drop('Target images', []);
  expect(within(await screen.findByRole('alert')).getByText(/A run is in progress/)).toBeTruthy();
  act(() => {
    engine.emit({ type: 'run/finished', runId: 1, stopped: true, seconds: 1 });
  });
  expect(screen.queryByText(/A run is in progress/)).toBeNull();
});

it('says in the row that a dropped folder is empty, in place of an older refusal', async () => {
  const { user, studio } = open();
  await click(user, 'Use my own model and images');
  drop('Target images', [
    entryOf({
      isFile: true,
      name: 'a.png',
      file: (_: unknown, fail: (reason: unknown) => void) => {
        fail(new Error('gone'));
      },
    }),
  ]);
  expect(await screen.findByText('A file of the drop cannot be read.')).toBeTruthy();
  await act(() => studio.actions.openFiles('target', () => Promise.resolve({ kind: 'files', files: [] })));
  expect(screen.getByText('That folder is empty.')).toBeTruthy();
  expect(screen.getAllByRole('alert')).toHaveLength(1);
});

it('lets a notice of the engine be dismissed', async () => {
  const { user, engine } = open();
  await click(user, 'Use my own model and images');
  act(() => {
    engine.emit({ type: 'engine/notice', level: 'warning', message: 'Slow today.' });
  });
  expect(screen.getByText('Slow today.')).toBeTruthy();
  await click(user, 'Dismiss');
  expect(screen.queryByText('Slow today.')).toBeNull();
});

it('keeps the page when a drop misses the rows, and names the rows', async () => {
  const { user } = open();
  await click(user, 'Use my own model and images');
  const kept = !fireEvent.drop(document.body, { dataTransfer: { items: [], types: ['Files'] } });
  expect(kept).toBe(true);
  expect(screen.getByText(/^Drop it on one of the rows: Model · Target/)).toBeTruthy();
  drop('Target images', []);
  expect(screen.queryByText(/^Drop it on one of the rows/)).toBeNull();
});
