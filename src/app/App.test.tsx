import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { act } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import type { Args, EngineEvent } from '../shared/protocol';
import { StudioError } from '../shared/failure';
import {
  createScriptedEngine,
  scriptedDrift,
  scriptedEvaluation,
  scriptedFolder,
  scriptedProject,
  scriptedSteps,
  scriptedSummary,
} from '../tests/scriptedEngine';
import { App } from './App';
import { createStudio } from './state/studio';

afterEach(cleanup);

function open(answers: Parameters<typeof createScriptedEngine>[0] = {}) {
  const engine = createScriptedEngine(answers);
  const user = userEvent.setup();
  render(<App studio={createStudio(engine)} />);
  const emit = (...events: readonly EngineEvent[]): void => {
    act(() => {
      events.forEach(engine.emit.bind(engine));
    });
  };
  emit({ type: 'engine/ready', engine: scriptedSummary });
  return { engine, user, emit };
}

const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });

describe('the first page', () => {
  it('offers two doors and says which engine runs and why', () => {
    open();
    expect(button('Try the demo')).toBeTruthy();
    expect(button('Use my own model and images')).toBeTruthy();
    const sentence = 'WebAssembly (SIMD), because the only GPU here is simulated in software.';
    expect(screen.getByText(sentence)).toBeTruthy();
  });
});

describe('setup', () => {
  it('takes folders under the names that people and tests look for', async () => {
    const { user } = open();
    await user.click(button('Use my own model and images'));
    for (const name of [
      'Source model',
      'Target images',
      'Paired RGB images',
      'Paired target images',
      'Labelled test images',
    ]) {
      const input = screen.getByLabelText(name);
      expect(input.getAttribute('type')).toBe('file');
      expect(input.hasAttribute('webkitdirectory')).toBe(true);
    }
    for (const name of ['Preset', 'Seed', 'Epochs', 'Batch size'])
      expect(screen.getByRole('combobox', { name })).toBeTruthy();
    expect(button('Start').disabled).toBe(true);
    expect(screen.getByRole('status').textContent).toContain('Ready');
  });

  it('hands files over with their path and shows a refusal where they were dropped', async () => {
    const { user, engine } = open({
      'model/open': () => {
        throw new StudioError({
          code: 'missing-file',
          message: 'weights.bin was not given.',
          remedy: 'Drop the whole folder.',
        });
      },
    });
    await user.click(button('Use my own model and images'));
    const file = new File(['{}'], 'model.json', { type: 'application/json' });
    Object.defineProperty(file, 'webkitRelativePath', { value: 'classifier/model.json' });
    await user.upload(screen.getByLabelText('Source model'), file);
    expect(engine.asked.at(-1)).toMatchObject({
      command: 'model/open',
      args: { files: [{ path: 'classifier/model.json' }] },
    });
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByText('weights.bin was not given.')).toBeTruthy();
    expect(within(alert).getByText('Drop the whole folder.')).toBeTruthy();
  });

  it('changes a model in one go', async () => {
    const { user, engine } = open({ 'model/open': () => scriptedProject });
    await user.click(button('Try the demo'));
    const file = new File(['{}'], 'model.json', { type: 'application/json' });
    await user.upload(screen.getByLabelText('Change tabletop-rgb for files or a zip'), file);
    expect(engine.asked.find(({ command }) => command === 'model/open')?.args).toMatchObject({ replaces: 1 });
  });

  it('marks what differs from the preset and goes back to it', async () => {
    const { user } = open();
    await user.click(button('Try the demo'));
    await user.selectOptions(screen.getByRole('combobox', { name: 'Epochs' }), '3');
    await user.click(screen.getByText('All settings'));
    expect(await screen.findByText(/^Run · 1 changed$/)).toBeTruthy();
    await user.click(button('Back to the preset (1 changed)'));
    expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Epochs' }).value).toBe('15');
  });

  it('says what stands in the way of a run', async () => {
    const blocker = { code: 'no-pairs', message: 'There are no pairs.', remedy: 'Add both folders.' } as const;
    const { user } = open({ 'project/demo': () => ({ ...scriptedProject, pairs: null, blockers: [blocker] }) });
    await user.click(button('Try the demo'));
    // Beside the pairs and beside the button that it keeps from starting.
    expect(await screen.findAllByText('There are no pairs. Add both folders.')).toHaveLength(2);
    expect(button('Start').disabled).toBe(true);
  });
});

describe('a preset that needs pairs, without pairs', () => {
  const withoutPairs = {
    'project/demo': () => ({ ...scriptedProject, folders: { target: scriptedFolder('target') }, pairs: null }),
    'run/plan': ({ preset }: Args<'run/plan'>) => {
      if (preset !== 'shot') {
        throw new StudioError({ code: 'no-pairs', message: 'There is no pair.', remedy: 'Add both folders.' });
      }
      return { steps: 8, stepsPerEpoch: 8, targetImages: 240, pairs: 0, labelled: false, classes: [], formats: [] };
    },
  };

  it('cannot start, says why, and offers to run without', async () => {
    const { user } = open(withoutPairs);
    await user.click(button('Try the demo'));
    expect(await screen.findByText('There is no pair. Add both folders.')).toBeTruthy();
    expect(button('Start').disabled).toBe(true);
    expect(screen.getByRole('status').textContent).toBe('Ready when setup is complete');
    expect(screen.getAllByText('needed by this preset')).toHaveLength(2);

    await user.click(button('Run without pairs (SHOT)'));
    expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Preset' }).value).toBe('shot');
    expect(screen.queryByText('There is no pair. Add both folders.')).toBeNull();
    expect(button('Start').disabled).toBe(false);
    expect(screen.getByRole('status').textContent).toBe('Ready');
    expect(screen.getAllByText('not used by this preset')).toHaveLength(2);
  });

  it('forgets a refusal to begin once the setup changes', async () => {
    const refuse = () => {
      throw new StudioError({ code: 'no-pairs', message: 'Refused.', remedy: 'Add both folders.' });
    };
    const { user } = open({ 'run/start': refuse });
    await user.click(button('Try the demo'));
    await user.click(button('Start'));
    expect(screen.getByRole('status').textContent).toBe('Failed');
    await user.selectOptions(screen.getByRole('combobox', { name: 'Epochs' }), '3');
    expect(screen.queryByRole('alert')).toBeNull();
    expect(screen.getByRole('status').textContent).toBe('Ready');
  });
});

describe('a run', () => {
  async function start(answers: Parameters<typeof createScriptedEngine>[0] = {}) {
    const opened = open(answers);
    await opened.user.click(button('Try the demo'));
    await opened.user.click(button('Start'));
    return opened;
  }

  it('goes from Running over Paused to Finished, and then gives the model away', async () => {
    const { user, emit } = await start();
    const status = screen.getByRole('status');
    expect(status.textContent).toBe('Running');
    await user.click(button('Pause'));
    emit({ type: 'run/paused', runId: 1 });
    expect(status.textContent).toBe('Paused');
    await user.click(button('Resume'));
    emit({ type: 'run/resumed', runId: 1 });
    expect(button('Download adapted model').disabled).toBe(true);
    emit(
      { type: 'run/steps', runId: 1, rows: scriptedSteps(1, 20) },
      { type: 'run/evaluation', runId: 1, evaluation: scriptedEvaluation('sourceOnly', 0.38, 0) },
      { type: 'run/evaluation', runId: 1, evaluation: scriptedEvaluation('adapted', 0.78, 20) },
      { type: 'run/drift', runId: 1, moment: 'before', step: 0, layers: scriptedDrift(1) },
      { type: 'run/finished', runId: 1, stopped: false, seconds: 12 },
    );
    expect(status.textContent).toBe('Finished');
    expect(screen.getByText(/points above source only/)).toBeTruthy();
    expect(screen.queryByText(/^Changed since this run/)).toBeNull();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Epochs' }), '3');
    expect(screen.getByText(/^Changed since this run/)).toBeTruthy();
    await user.selectOptions(screen.getByRole('combobox', { name: 'Epochs' }), '15');
    expect(screen.queryByText(/^Changed since this run/)).toBeNull();
    await user.click(button('Download adapted model'));
    const saved = await screen.findByText(/largest logit difference on 16 images is 2\.4e-7/);
    expect(saved.textContent).toContain('Weights are kept as float16, as in the source.');
    await user.selectOptions(screen.getByRole('combobox', { name: 'Form' }), 'ONNX');
    expect(screen.queryByText(/largest logit difference/)).toBeNull();
    await user.click(button('Download adapted model'));
    expect(await screen.findByText(/^Saved adapted-model-onnx\.zip .*is 2\.4e-7\.$/)).toBeTruthy();
  });

  it('pauses on the space bar, but not while the focus is in a field', async () => {
    const { user, engine } = await start();
    const paused = () => engine.asked.filter((call) => call.command === 'run/pause').length;
    (await screen.findByRole('slider', { name: /^Smoothing/ })).focus();
    await user.keyboard(' ');
    expect(paused()).toBe(0);
    act(() => {
      document.body.focus();
      (document.activeElement as HTMLElement | null)?.blur();
    });
    await user.keyboard(' ');
    expect(paused()).toBe(1);
  });

  it('shows at once that it stops, and takes no more orders until it has', async () => {
    const { user, emit, engine } = await start();
    await user.click(button('Stop'));
    expect(screen.getByRole('status').textContent).toBe('Stopping …');
    for (const name of ['Start', 'Pause', 'Stop']) expect(button(name).disabled).toBe(true);
    expect(engine.asked.filter(({ command }) => command === 'run/stop')).toHaveLength(1);
    emit({ type: 'run/finished', runId: 1, stopped: true, seconds: 4 });
    expect(screen.getByRole('status').textContent).toBe('Finished');
    expect(button('Start').disabled).toBe(false);
  });

  it('goes on when the engine refuses to stop', async () => {
    const refuse = () => {
      throw new StudioError({ code: 'busy', message: 'Not now.', remedy: 'Try again.' });
    };
    const { user } = await start({ 'run/stop': refuse });
    await user.click(button('Stop'));
    expect(screen.getByRole('status').textContent).toBe('Running');
    expect(button('Stop').disabled).toBe(false);
  });

  it('shows a refusal to begin as a failed run', async () => {
    await start({
      'run/start': () => {
        throw new StudioError({ code: 'busy', message: 'Another run is in progress.', remedy: 'Wait for it.' });
      },
    });
    expect(screen.getByRole('status').textContent).toBe('Failed');
    expect(within(await screen.findByRole('alert')).getByText('Another run is in progress.')).toBeTruthy(); // deferred
  });

  it('has failed when the engine died', async () => {
    const { emit } = await start();
    emit({
      type: 'engine/stopped',
      failure: { code: 'stopped-engine', message: 'The engine stopped.', remedy: 'Reload.' },
    });
    expect(screen.getByRole('status').textContent).toBe('Failed');
    expect(button('Download adapted model').disabled).toBe(true);
  });

  it('opens the images of a confusion cell and lets go of them', async () => {
    const { user, emit } = await start();
    const before = scriptedEvaluation('sourceOnly', 0.38, 0);
    const now = scriptedEvaluation('now', 0.78, 20);
    emit(
      { type: 'run/evaluation', runId: 1, evaluation: before },
      { type: 'run/evaluation', runId: 1, evaluation: now },
    );
    const images = now.confusion?.[0]?.[0] ?? 0;
    await user.click(button(`Actual bottle, predicted bottle: ${String(images)} images`));
    expect(await screen.findByText(`${String(images)} images, surest first`)).toBeTruthy();
    await user.click(screen.getByRole('button', { name: /Remove this filter/ }));
    expect(screen.getByRole('heading', { name: 'Changed their prediction' })).toBeTruthy();
  });
});
