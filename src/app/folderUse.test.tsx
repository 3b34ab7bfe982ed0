import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import type { FolderSummary } from '../shared/images';
import { plainRecipe } from '../shared/recipe';
import { createScriptedEngine, scriptedFolder, scriptedProject, scriptedSummary } from '../tests/scriptedEngine';
import { FolderRow } from './panels/FolderRow';
import { usualScaling } from './state/recipeForm';
import { createStudio } from './state/studio';
import { StudioContext } from './state/useStudio';

afterEach(cleanup);

async function openTarget(extra: Partial<FolderSummary>) {
  const target = scriptedFolder('target', extra);
  const engine = createScriptedEngine({
    'project/demo': () => ({ ...scriptedProject, folders: { ...scriptedProject.folders, target } }),
  });
  const studio = createStudio(engine);
  await studio.actions.tryDemo();
  render(
    <StudioContext value={studio}>
      <FolderRow role="target" needsPairs />
    </StudioContext>,
  );
  act(() => {
    engine.emit({ type: 'engine/ready', engine: scriptedSummary });
  });
  const user = userEvent.setup();
  await user.click(screen.getByText('What the network sees'));
  await screen.findByRole('img', { name: /^What the network sees of/ });
}

const sunRgbd = { ...plainRecipe, scaling: { kind: 'sunRgbd' } } as const;

it('names the list that gave the labels, and does not speak of class folders then', async () => {
  const classes = ['bed', 'sofa', 'chair'].map((name) => ({ name, count: 80 }));
  await openTarget({ classes, labelsFrom: 'labels.csv' });
  expect(screen.getByText('3 classes, from labels.csv, for measuring only')).toBeTruthy();
  expect(screen.queryByText(/class folder/i)).toBeNull();
});

it('says which images the figures are of where only some are in pairs', async () => {
  await openTarget({ inPairs: 120 });
  expect(screen.getByText(/· 120 of them in pairs/)).toBeTruthy();
  expect(screen.getByText(/In the images that are in pairs: readings from 0 to/)).toBeTruthy();
});

it('does not move the ends of SUN RGB-D, which are millimetres', async () => {
  await openTarget({ recipe: sunRgbd, suggestedRecipe: sunRgbd, unit: 'mm' });
  expect(screen.getByText(/SUN RGB-D is read in millimetres, always from 0 to 8 000/)).toBeTruthy();
  expect(screen.getByRole('slider', { name: 'Reading that becomes white' }).getAttribute('aria-disabled')).toBe('true');
});

it('proposes a fixed range of what the files store, not of the millimetres of SUN RGB-D', () => {
  const folder = scriptedFolder('target', { recipe: sunRgbd, valueRange: [500, 7000] });
  expect(usualScaling('clip', folder)).toEqual({ kind: 'clip', low: 4000, high: 56_000 });
  expect(usualScaling('clip', { ...folder, recipe: plainRecipe })).toEqual({ kind: 'clip', low: 500, high: 7000 });
  expect(usualScaling('clip', { ...folder, valueRange: [500, 9000] })).toEqual({ kind: 'clip', low: 0, high: 65_535 });
});
