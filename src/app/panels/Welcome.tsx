import { FolderOpen, Play } from 'lucide-react';
import { Button } from '../components/Button';
import { FailureNotice } from '../components/FailureNotice';
import { useActions, useStudio } from '../state/useStudio';
import { EngineLine } from './EngineLine';
import { LadderSketch } from './LadderSketch';
import { PrivacyLine } from './PrivacyLine';
import { ThemeSwitch } from './ThemeSwitch';
import { Brand } from './Brand';

const steps = [
  [
    'Open',
    'A classifier trained on colour photos, a folder of unlabelled depth or infrared images, and image pairs of anything else.',
  ],
  [
    'Adapt',
    'The studio matches statistics, features and pseudo-labels. Loss, accuracy and every batch-norm layer are drawn live.',
  ],
  ['Keep', 'Download the adapted model, checked against the one on screen, with a record that repeats the run.'],
] as const;

/** The first page: what this is, two doors, and what it will and will not do with your files. */
export function Welcome() {
  const { tryDemo, openOwn, backToRun } = useActions();
  const failure = useStudio((state) => state.failures.welcome);
  return (
    <div className="mx-auto flex min-h-dvh max-w-6xl flex-col px-5 sm:px-8">
      <header className="flex h-14 items-center justify-between">
        <Brand />
        <ThemeSwitch />
      </header>
      <main className="flex flex-1 flex-col justify-center gap-12 py-8 lg:gap-16">
        <div className="grid items-center gap-10 lg:grid-cols-[1.25fr_1fr] lg:gap-14">
          <div>
            <h1 className="max-w-2xl text-3xl leading-[1.12] font-semibold tracking-tight text-balance sm:text-5xl">
              Adapt an image classifier to a new sensor, in your browser
            </h1>
            <p className="mt-5 max-w-xl text-base leading-7 text-ink-2 sm:text-lg sm:leading-8">
              Bring a model trained on colour photos and unlabelled depth or infrared images. No source data, no labels,
              no upload.
            </p>
            <div className="mt-8 flex flex-col gap-3 sm:flex-row">
              <Button tone="primary" size="large" onClick={() => void tryDemo()}>
                <Play aria-hidden className="size-4.5" />
                Try the demo
              </Button>
              <Button size="large" onClick={() => void openOwn()}>
                <FolderOpen aria-hidden className="size-4.5" />
                Use my own model and images
              </Button>
            </div>
            {failure !== undefined && (
              <div className="mt-4 max-w-xl space-y-2">
                <FailureNotice failure={failure} />
                <Button onClick={backToRun}>Back to the run</Button>
              </div>
            )}
            <div className="mt-8 max-w-xl space-y-2 border-t border-line pt-5">
              <EngineLine />
              <PrivacyLine />
            </div>
          </div>
          <LadderSketch />
        </div>
        <ol className="grid gap-6 border-t border-line pt-7 sm:grid-cols-3 sm:gap-8">
          {steps.map(([title, text], at) => (
            <li key={title} className="flex gap-3">
              <span aria-hidden className="font-mono text-sm text-ink-3">
                {at + 1}
              </span>
              <div>
                <h2 className="font-semibold">{title}</h2>
                <p className="mt-1 text-ink-2">{text}</p>
              </div>
            </li>
          ))}
        </ol>
      </main>
    </div>
  );
}
