import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { createScriptedEngine, scriptedSummary } from '../../tests/scriptedEngine';
import { createStudio } from '../state/studio';
import { StudioContext } from '../state/useStudio';
import { StorageLine } from './StorageLine';
import { TransportBar } from './TransportBar';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** A part of the page with the demo open. */
async function open(part: ReactNode) {
  const engine = createScriptedEngine();
  const studio = createStudio(engine);
  await studio.actions.tryDemo();
  render(<StudioContext value={studio}>{part}</StudioContext>);
  act(() => {
    engine.emit({ type: 'engine/ready', engine: scriptedSummary });
  });
  return { engine, user: userEvent.setup() };
}

it('says what prepared images take of the storage, and gives it back', async () => {
  const { user } = await open(<StorageLine />);
  expect(await screen.findByText('Prepared images kept in this browser: 1.20 GB of 8.00 GB in 3 sets')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Clear' }));
  expect(screen.queryByText(/^Prepared images kept/)).toBeNull();
});

it('tells how far the images of a run are prepared, and then how long steps wait for them', async () => {
  const { user, engine } = await open(<TransportBar />);
  await user.click(screen.getByRole('button', { name: 'Start' }));
  vi.useFakeTimers();
  act(() => {
    engine.emit({
      type: 'run/preparing',
      runId: 1,
      role: 'target',
      done: 60,
      total: 240,
      cached: 12,
      imagesPerSecond: 90,
    });
    vi.advanceTimersByTime(500);
  });
  expect(screen.getByRole('progressbar', { name: 'Images prepared' }).getAttribute('aria-valuenow')).toBe('25');
  expect(screen.getByText('Preparing the target images: 60 of 240')).toBeTruthy();
  expect(screen.getByText('12 from storage')).toBeTruthy();
});
