import { cleanup, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { act } from 'react';
import { afterEach, expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { createScriptedEngine, scriptedProject, scriptedSummary } from '../tests/scriptedEngine';
import { App } from './App';
import { createStudio } from './state/studio';

afterEach(cleanup);

function open(answers: Parameters<typeof createScriptedEngine>[0]) {
  const engine = createScriptedEngine(answers);
  render(<App studio={createStudio(engine)} />);
  act(() => {
    engine.emit({ type: 'engine/ready', engine: scriptedSummary });
  });
  return { engine, user: userEvent.setup() };
}

const [model] = scriptedProject.models;
const openProject = { ...scriptedProject, models: model ? [{ ...model, openSides: true }] : [] };

it('asks which network a file is, and opens the same files as the one that was chosen', async () => {
  const { engine, user } = open({
    'model/open': ({ choice }) => {
      if (choice !== undefined) return scriptedProject;
      throw new StudioError({
        code: 'choice-needed',
        message: 'resnet20.th fits two networks.',
        remedy: 'Choose the one that it was trained as.',
        choices: [
          { id: 'strided', label: 'Strided shortcuts', help: 'Most ports.' },
          { id: 'pooled', label: 'Pooled shortcuts', help: 'Some ports.' },
        ],
      });
    },
  });
  await user.click(screen.getByRole('button', { name: 'Use my own model and images' }));
  const file = Object.defineProperty(new File(['x'], 'resnet20.th'), 'webkitRelativePath', { value: '' });
  await user.upload(screen.getByLabelText('Model as files or zip'), file);
  const alert = await screen.findByRole('alert');
  expect(within(alert).getByText('Some ports.')).toBeTruthy();
  await user.click(within(alert).getByRole('button', { name: 'Pooled shortcuts' }));
  expect(engine.asked.filter(({ command }) => command === 'model/open').map(({ args }) => args)).toMatchObject([
    { files: [{ path: 'resnet20.th' }] },
    { files: [{ path: 'resnet20.th' }], choice: 'pooled' },
  ]);
  expect(await screen.findByText('tabletop-rgb')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('lets the input size be changed where the file leaves it open, and refuses what is no size', async () => {
  const { engine, user } = open({ 'project/demo': () => openProject, 'model/inputSize': () => openProject });
  await user.click(screen.getByRole('button', { name: 'Try the demo' }));
  const size = await screen.findByLabelText('Input size (height × width)');
  await user.clear(size);
  await user.type(size, '0{Enter}');
  expect(screen.getByText(/This is no image size/)).toBeTruthy();
  const asked = (): unknown => engine.asked.findLast(({ command }) => command === 'model/inputSize')?.args;
  for (const [text, height, width] of [
    ['48 x 192', 48, 192],
    ['96', 96, 96],
  ] as const) {
    await user.clear(size);
    await user.type(size, `${text}{Enter}`);
    expect(asked()).toEqual({ modelId: 1, height, width });
  }
});

it('does not offer an input size that the file fixes', async () => {
  const { user } = open({});
  await user.click(screen.getByRole('button', { name: 'Try the demo' }));
  expect(await screen.findByText('tabletop-rgb')).toBeTruthy();
  expect(screen.queryByLabelText(/Input size/)).toBeNull();
});

it('takes a mean and a deviation of one’s own', async () => {
  const own = {
    ...scriptedProject,
    models: model
      ? [{ ...model, preprocessing: { ...model.preprocessing, preset: 'own' as const, origin: 'person' as const } }]
      : [],
  };
  const { engine, user } = open({ 'model/preprocessing': () => own });
  await user.click(screen.getByRole('button', { name: 'Try the demo' }));
  await user.selectOptions(await screen.findByLabelText('Preprocessing'), 'Own mean and deviation');
  const asked = (): unknown => engine.asked.findLast(({ command }) => command === 'model/preprocessing')?.args;
  expect(asked()).toMatchObject({ choice: { mean: model?.preprocessing.mean, std: model?.preprocessing.std } });
  const deviation = await screen.findByLabelText('Deviation');
  await user.clear(deviation);
  await user.type(deviation, '0.2, 0, 0.3{Enter}');
  expect(screen.getByText(/deviations above 0/)).toBeTruthy();
  await user.clear(deviation);
  await user.type(deviation, '0.2023, 0.1994, 0.201{Enter}');
  expect(asked()).toMatchObject({ choice: { std: [0.2023, 0.1994, 0.201] } });
});
