import { useState } from 'react';
import type { FolderSummary } from '../../shared/images';
import { Histogram } from '../charts/Histogram';
import { FailureNotice } from '../components/FailureNotice';
import { Pager } from '../components/Pager';
import { PictureCanvas } from '../components/PictureCanvas';
import { count, measured, percent } from '../state/units';
import { useEngineAnswer } from '../state/useEngineAnswer';
import { RecipeForm } from './RecipeForm';
import { shownName } from '../state/shownName';

interface Props {
  readonly folder: FolderSummary;
  readonly locked: boolean;
}

/** Integers with all their digits. */
const exact = (value: number): string => (Number.isInteger(value) ? count(value) : measured(value));

/** A file as it is beside the tensor the network gets from it, with the recipe that leads from one to the other. */
export function InputView({ folder, locked }: Props) {
  const [index, setIndex] = useState(0);
  const answer = useEngineAnswer(
    'images/preview',
    { role: folder.role, index },
    JSON.stringify([folder.role, index, folder.recipe, folder.fingerprint]),
  );
  const move = (by: number): void => {
    setIndex((index + by + folder.usable) % folder.usable);
  };
  return (
    <div className="grid grid-cols-1 items-start gap-x-5 gap-y-3 lg:grid-cols-2">
      {answer.failure !== null && <FailureNotice failure={answer.failure} />}
      {answer.value !== null && (
        <div className="space-y-3">
          <div className="grid grid-cols-2 gap-2 text-2xs text-ink-3">
            <figure>
              <PictureCanvas
                picture={answer.value.picture}
                label={`The file ${shownName(answer.value.path)}`}
                className="aspect-square w-full rounded-sm bg-sunken object-contain"
              />
              <figcaption className="mt-0.5">file, stretched for looking</figcaption>
            </figure>
            <figure>
              <PictureCanvas
                picture={answer.value.networkPicture}
                label={`What the network sees of ${shownName(answer.value.path)}`}
                className="aspect-square w-full rounded-sm bg-sunken object-contain"
              />
              <figcaption className="mt-0.5">what the network sees</figcaption>
            </figure>
          </div>
          <Pager what="image" onMove={move}>
            {shownName(answer.value.path)}
          </Pager>
          <Histogram
            counts={answer.value.histogram}
            range={answer.value.histogramRange}
            label="raw readings of this image"
          />
        </div>
      )}
      <div className="space-y-3">
        <p className="text-xs text-ink-2">
          {folder.recipeReason} In a sample of the whole folder: readings from{' '}
          {folder.valueRange.map(exact).join(' to ')}
          {folder.unit !== undefined && ` ${folder.unit}`}
          {folder.holes > 0 && `, ${percent(folder.holes)} of the pixels are holes`}.
        </p>
        <RecipeForm folder={folder} locked={locked} />
      </div>
    </div>
  );
}
