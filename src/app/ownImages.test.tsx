import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { act, type ReactNode } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StudioError } from '../shared/failure';
import type { FolderSummary } from '../shared/images';
import type { EngineEvent } from '../shared/protocol';
import { plainRecipe, type ImageRecipe } from '../shared/recipe';
import { createScriptedEngine, scriptedFolder, scriptedProject, scriptedSummary } from '../tests/scriptedEngine';
import { FolderRow } from './panels/FolderRow';
import { createStudio } from './state/studio';
import { StudioContext } from './state/useStudio';

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });

/** The demo's target folder as given, or another part of the page with it; recipes that are set stay set. */
async function openTarget(
  extra: Partial<FolderSummary> = {},
  answers: Parameters<typeof createScriptedEngine>[0] = {},
  part: ReactNode = <FolderRow role="target" needsPairs />,
) {
  let target = scriptedFolder('target', extra);
  const project = () => ({ ...scriptedProject, folders: { ...scriptedProject.folders, target } });
  const engine = createScriptedEngine({
    'project/demo': project,
    'images/recipe': ({ recipe }) => {
      target = { ...target, recipe };
      return project();
    },
    ...answers,
  });
  const user = userEvent.setup();
  const studio = createStudio(engine);
  await studio.actions.tryDemo();
  render(<StudioContext value={studio}>{part}</StudioContext>);
  const emit = (...events: readonly EngineEvent[]): void => {
    act(() => {
      events.forEach(engine.emit.bind(engine));
    });
  };
  emit({ type: 'engine/ready', engine: scriptedSummary });
  const recipes = () =>
    engine.asked
      .filter(({ command }) => command === 'images/recipe')
      .map(({ args }) => (args as { recipe: ImageRecipe }).recipe);
  return { engine, user, emit, recipes };
}

async function openInput(extra: Partial<FolderSummary> = {}, answers: Parameters<typeof createScriptedEngine>[0] = {}) {
  const opened = await openTarget(extra, answers);
  await opened.user.click(screen.getByText('What the network sees'));
  await screen.findByRole('img', { name: /^What the network sees of/ });
  return opened;
}

const clip = (low: number, high: number): ImageRecipe => ({ ...plainRecipe, scaling: { kind: 'clip', low, high } });
const slider = (name: string): HTMLElement => screen.getByRole('slider', { name });

describe('the handles of the histogram', () => {
  it('say their reading with its unit, and are set by keys when the key is let go', async () => {
    const { user, recipes, engine } = await openInput({ recipe: clip(400, 2000), unit: 'mm' });
    expect(slider('Reading that becomes white').getAttribute('aria-valuetext')).toBe('2\u202f000 mm');
    slider('Reading that becomes black').focus();
    await user.keyboard('{ArrowRight>}{ArrowRight}'); // pressed twice, not yet let go of the first time
    await user.keyboard('{/ArrowRight}');
    // The axis goes from 0 to 2140 mm: a hundredth of it is 21 mm.
    expect(recipes().at(-1)?.scaling).toEqual({ kind: 'clip', low: 442, high: 2000 });
    const tried = engine.asked.flatMap(({ command, args }) =>
      command === 'images/preview' ? [(args as { recipe: ImageRecipe }).recipe.scaling] : [],
    );
    expect(tried).toContainEqual({ kind: 'clip', low: 421, high: 2000 });
  });

  it('make a fixed range of what each image had for itself, and say so before', async () => {
    const { user, recipes } = await openInput({ recipe: { ...plainRecipe, scaling: { kind: 'minMax' } } });
    expect(screen.getByText(/Every image has its own.*the scaling becomes “fixed range”/)).toBeTruthy();
    slider('Reading that becomes black').focus();
    await user.keyboard('{Home}');
    expect(recipes()).toEqual([{ ...plainRecipe, scaling: { kind: 'clip', low: 0, high: 2140 } }]);
  });

  it('keep disparity, whose nearest reading becomes white', async () => {
    const { user, recipes } = await openInput({
      recipe: { ...plainRecipe, scaling: { kind: 'disparity', low: 400, high: 2000 } },
    });
    expect(slider('Reading that becomes white').getAttribute('aria-valuenow')).toBe('400');
    slider('Reading that becomes white').focus();
    await user.keyboard('{PageUp}');
    expect(recipes().at(-1)?.scaling).toEqual({ kind: 'disparity', low: 614, high: 2000 });
  });

  it('follow the pointer, and are set where it lets go', async () => {
    const { recipes } = await openInput({ recipe: clip(400, 2000) });
    const handle = slider('Reading that becomes white');
    vi.spyOn(handle.parentElement!, 'getBoundingClientRect').mockReturnValue(new DOMRect(100, 0, 214, 144));
    let captured = false;
    handle.setPointerCapture = () => (captured = true);
    handle.hasPointerCapture = () => captured;
    fireEvent.pointerMove(handle, { clientX: 150 }); // without the button down
    expect(handle.getAttribute('aria-valuenow')).toBe('2000');
    fireEvent.pointerDown(handle, { button: 0, clientX: 300 });
    fireEvent.pointerMove(handle, { clientX: 250 });
    expect(slider('Reading that becomes white').getAttribute('aria-valuenow')).toBe('1500');
    expect(recipes()).toEqual([]);
    fireEvent.pointerUp(handle, { clientX: 250 });
    await vi.waitFor(() => {
      expect(recipes().map(({ scaling }) => scaling)).toEqual([{ kind: 'clip', low: 400, high: 1500 }]);
    });
  });

  it('let go of a move on Escape', async () => {
    const { user, recipes } = await openInput({ recipe: clip(400, 2000) });
    slider('Reading that becomes black').focus();
    await user.keyboard('{ArrowRight>}{Escape}{/ArrowRight}');
    expect(recipes()).toEqual([]);
    expect(slider('Reading that becomes black').getAttribute('aria-valuenow')).toBe('400');
  });

  it('reach the largest reading of the folder, whatever this image holds', async () => {
    const { user, recipes } = await openInput({ recipe: clip(400, 2000), valueRange: [0, 9000] });
    slider('Reading that becomes white').focus();
    await user.keyboard('{End}');
    expect(recipes().at(-1)).toEqual(clip(400, 9000));
  });

  it('are not there where no two readings say black and white', async () => {
    await openInput({ recipe: { ...plainRecipe, encoding: { kind: 'normals', intrinsics: null } } });
    expect(screen.queryByRole('slider', { name: /^Reading that/ })).toBeNull();
  });
});

describe('what the network sees', () => {
  it('is shown beside what the suggestion would give, unless that is the recipe', async () => {
    const { user } = await openInput({ recipe: clip(400, 1000), suggestedRecipe: plainRecipe });
    expect(await screen.findByRole('img', { name: /^With the suggested recipe/ })).toBeTruthy();
    await user.click(button('Back to the suggestion'));
    expect(screen.queryByRole('img', { name: /^With the suggested recipe/ })).toBeNull();
    expect(button('Back to the suggestion').disabled).toBe(true);
  });

  it('is marked while it answers an earlier recipe, beside the suggestion that was shown before', async () => {
    const { user, engine } = await openInput({ recipe: plainRecipe, suggestedRecipe: plainRecipe });
    const picture = (name: RegExp) => screen.getByRole('img', { name }).closest('figure');
    expect(picture(/^What the network sees/)?.getAttribute('aria-busy')).toBe('false');
    let answer: () => void = () => undefined;
    const { call } = engine;
    engine.call = async (command, args) => {
      if (command === 'images/preview') await new Promise<void>((resolve) => (answer = resolve));
      return call(command, args);
    };
    await user.selectOptions(screen.getByRole('combobox', { name: /^Holes/ }), 'masked');
    expect(picture(/^What the network sees/)?.getAttribute('aria-busy')).toBe('true');
    expect(picture(/^With the suggested recipe/)?.getAttribute('aria-busy')).toBe('false');
    answer();
  });

  it('is said to be the same where two recipes give one picture', async () => {
    await openInput({ recipe: clip(400, 2140), suggestedRecipe: { ...plainRecipe, scaling: { kind: 'minMax' } } });
    expect(await screen.findByText(/give the same picture of this image/)).toBeTruthy();
  });

  it('is hatched where it is masked', async () => {
    await openInput({ recipe: { ...plainRecipe, scaling: { kind: 'minMax' }, holes: 'mask' } });
    expect(screen.getByText(/hatched: masked/)).toBeTruthy();
  });

  it('can be asked for by number', async () => {
    const { user, engine } = await openInput();
    const field = screen.getByRole('textbox', { name: 'Number of the image' });
    await user.clear(field);
    await user.type(field, '1000{Enter}');
    expect(engine.asked.at(-1)).toMatchObject({ command: 'images/preview', args: { index: 239 } });
    await user.click(button('Next image'));
    expect(engine.asked.at(-1)).toMatchObject({ args: { index: 0 } });
  });
});

describe('the recipe', () => {
  it('offers only what applies to colour', async () => {
    await openInput({ channels: [3], bitDepths: [8] });
    expect(screen.queryByRole('combobox', { name: /^Holes/ })).toBeNull();
    const scalings = within(screen.getByRole('combobox', { name: 'Scaling' })).getAllByRole('option');
    expect(scalings.map(({ textContent }) => textContent)).toEqual([
      'full range of the bits',
      'smallest to largest reading of each image',
      'percentiles of each image',
      'fixed range for all images',
    ]);
  });

  it('refuses ends that are no range, at the field', async () => {
    const { user, recipes } = await openInput({ recipe: clip(400, 2000) });
    const field = screen.getByRole('textbox', { name: 'From' });
    await user.clear(field);
    await user.type(field, '3000{Enter}');
    expect(screen.getByRole('alert').textContent).toContain('"From" smaller than "To"');
    expect(recipes()).toEqual([]);
  });

  it('asks for the camera where geometry needs it', async () => {
    const { user, recipes } = await openInput({ unit: 'mm' });
    await user.selectOptions(screen.getByRole('combobox', { name: /colours show/ }), 'HHA: disparity, height, angle');
    // 72 pixels across at 60 degrees: 36 / tan(30 degrees) = 62.
    expect(recipes().at(-1)?.encoding).toEqual({
      kind: 'hha',
      intrinsics: { fx: 62, fy: 62, cx: 36, cy: 36 },
      metresPerUnit: 0.001,
    });
    const focal = screen.getByRole('textbox', { name: 'Focal length across (fx)' });
    await user.clear(focal);
    await user.type(focal, '0{Enter}');
    expect(screen.getByRole('alert').textContent).toContain('Give a number of pixels from 1 to 100 000.');
  });

  it('speaks of EXIF only where pictures ask to be turned', async () => {
    const { user, recipes } = await openInput({ turned: 3 });
    await user.click(screen.getByRole('checkbox', { name: /EXIF/ }));
    expect(recipes().at(-1)?.orientation).toBe('apply');
    cleanup();
    await openInput();
    expect(screen.queryByRole('checkbox', { name: /EXIF/ })).toBeNull();
  });

  it('stays what it was when the engine refuses another one, and says why', async () => {
    const refuse = () => {
      throw new StudioError({
        code: 'bad-setting',
        message: 'Floats have no full range.',
        remedy: 'Take percentiles.',
      });
    };
    const { user } = await openInput({ recipe: clip(400, 2000) }, { 'images/recipe': refuse });
    await user.selectOptions(screen.getByRole('combobox', { name: 'Scaling' }), 'full range of the bits');
    expect(within(await screen.findByRole('alert')).getByText('Floats have no full range.')).toBeTruthy();
    expect(screen.getByRole<HTMLSelectElement>('combobox', { name: 'Scaling' }).value).toBe('clip');
  });
});

describe('a folder', () => {
  it('says of how many images its figures come, and what changed since the last time', async () => {
    await openTarget({
      usable: 50_000,
      measured: 500,
      change: { changed: ['a.png'], added: ['b.png', 'c.png'], removed: [] },
    });
    expect(screen.getByText(/measured in a sample of 500 of 50\s000/)).toBeTruthy();
    expect(screen.getByText('Since you last opened this folder: 1 file changed, 2 new.')).toBeTruthy();
  });

  it('lists the files that are skipped as far as one looks', async () => {
    const { user, engine } = await openTarget({
      skippedCount: 30_000,
      skipped: [{ path: 'first.png', reason: 'It is empty.' }],
    });
    await user.click(screen.getByText(/^30\s000 files skipped$/));
    const list = screen.getByRole('group', { name: 'Skipped files' });
    expect(await within(list).findByText('broken/scene-0000.png')).toBeTruthy();
    expect(engine.asked.at(-1)).toEqual({
      command: 'images/skipped',
      args: { role: 'target', from: 0, count: 100 },
    });
  });

  it('shows hostile names as what they are', async () => {
    const name = '<img src=x onerror="window.hacked=1">';
    const turned = `exe\u202egnp.${'x'.repeat(4096)}`;
    const { user } = await openTarget({
      name,
      skippedCount: 2,
      skipped: [
        { path: turned, reason: `${name} is\u0000 no image.` },
        { path: `${name}/a.png`, reason: 'It is empty.' },
      ],
      classes: [{ name: turned, count: 240 }],
      change: { changed: [turned], added: [], removed: [] },
    });
    await user.click(screen.getByText('2 files skipped'));
    await user.click(screen.getByText('Which files'));
    await user.click(screen.getByText(/^1 class folder/));
    const text = document.body.textContent;
    expect(text).toContain(`${name} is\\u0000 no image.`);
    expect(text.includes('\u202e') || text.includes('\u0000')).toBe(false);
    expect(text.match(/exe\\u202egnp/g)).toHaveLength(3);
    expect(text).not.toContain('x'.repeat(200));
    expect(document.querySelector('img')).toBeNull();
  });
});
