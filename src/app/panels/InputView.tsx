import { useState } from 'react';
import type { FolderSummary, ImagePreview } from '../../shared/images';
import type { Args } from '../../shared/protocol';
import type { ImageRecipe } from '../../shared/recipe';
import { visibleText } from '../../shared/visibleText';
import { Disclosure } from '../components/Disclosure';
import { FailureNotice } from '../components/FailureNotice';
import { PathEnd } from '../components/PathEnd';
import { Pager } from '../components/Pager';
import { sameRecipe } from '../state/recipeForm';
import { count, measured, percent, plural } from '../state/units';
import { useLiveAnswer, type LiveAnswer } from '../state/useLiveAnswer';
import { useActions, useStudio } from '../state/useStudio';
import { FolderGrid } from './FolderGrid';
import { InputHistogram } from './InputHistogram';
import { InputPictures } from './InputPictures';
import { RecipeForm } from './RecipeForm';

interface Props {
  readonly folder: FolderSummary;
  readonly locked: boolean;
}

/** Integers with all their digits. */
const exact = (value: number): string => (Number.isInteger(value) ? count(value) : measured(value));

/** Why this recipe was suggested, and what the readings of the folder are like. */
function FolderSentence({ folder }: { folder: FolderSummary }) {
  const { valueRange, unit, holes, saturated, measured: sample, usable, inPairs } = folder;
  const whole = inPairs === null ? 'the whole folder' : 'the images that are in pairs';
  return (
    <p className="text-xs text-ink-2">
      {visibleText(folder.recipeReason)} In {sample < usable ? 'a sample of ' : ''}
      {sample < usable && inPairs === null ? 'the folder' : whole}: readings from {valueRange.map(exact).join(' to ')}
      {unit !== undefined && ` ${unit}`}
      {holes > 0 && `, ${percent(holes)} of the pixels are holes`}
      {saturated > 0 && `, ${percent(saturated)} are at the largest value that the bits hold`}.
    </p>
  );
}

/** The recipe that is tried while a hand moves, else the one that is set; and how one becomes the other. */
function useTriedRecipe({ role, recipe: set }: FolderSummary) {
  const [tried, setTried] = useState<ImageRecipe | null>(null);
  const { setRecipe } = useActions();
  return {
    recipe: tried ?? set,
    tryOut: setTried,
    commit: async (changed: ImageRecipe): Promise<void> => {
      setTried(changed); // shown until the engine has taken it over, or refused it
      await setRecipe(role, changed);
      setTried(null);
    },
  };
}

/** Why the engine refused a recipe. */
function RecipeFailure({ role }: Pick<FolderSummary, 'role'>) {
  const failure = useStudio((state) => state.failures[`recipe ${role}`]);
  const { dismissFailure } = useActions();
  if (failure === undefined) return null;
  return (
    <FailureNotice
      failure={failure}
      onDismiss={() => {
        dismissFailure(`recipe ${role}`);
      }}
    />
  );
}

/** Of some answers the one to this question: what is shown now was asked with the suggested recipe before another was set. */
function beforeOf(
  answers: readonly LiveAnswer<'images/preview'>[],
  asked: Args<'images/preview'>,
): ImagePreview | null {
  return answers.find(({ args }) => JSON.stringify(args) === JSON.stringify(asked))?.value ?? null;
}

/** A file as it is beside what the network gets of it, with the recipe that leads from one to the other. */
export function InputView({ folder, locked }: Props) {
  const [asked, setIndex] = useState(0);
  const index = Math.min(asked, folder.usable - 1); // a run may have found that some cannot be read
  const { recipe, tryOut, commit } = useTriedRecipe(folder);
  const { role, suggestedRecipe } = folder;
  const suggested = sameRecipe(recipe, suggestedRecipe);
  const print = `${role} ${folder.fingerprint} ${String(index)}`;
  const now = useLiveAnswer('images/preview', { role, index, recipe }, `${print} ${JSON.stringify(recipe)}`);
  const before = useLiveAnswer(
    'images/preview',
    { role, index, recipe: suggestedRecipe },
    suggested ? null : `${print} ${JSON.stringify(suggestedRecipe)}`,
  );
  const shown = now.value;
  const computing = JSON.stringify(now.args) !== JSON.stringify({ role, index, recipe });
  return (
    <div className="space-y-3">
      {now.failure !== null && <FailureNotice failure={now.failure} />}
      {shown !== null && (
        <>
          <InputPictures
            now={shown}
            before={suggested ? null : beforeOf([before, now], { role, index, recipe: suggestedRecipe })}
            suggested={suggested}
            computing={computing}
          />
          <Pager what="image" at={index} total={folder.usable} onGo={setIndex}>
            <PathEnd path={shown.path} />
          </Pager>
        </>
      )}
      <Disclosure summary={`Browse ${folder.usable === 1 ? 'the image' : `all ${plural(folder.usable, 'image')}`}`}>
        <FolderGrid folder={folder} chosen={index} onChoose={setIndex} />
      </Disclosure>
      {shown !== null && (
        <InputHistogram
          preview={shown}
          valueRange={folder.valueRange}
          unit={recipe.scaling.kind === 'sunRgbd' ? 'mm' : (folder.unit ?? '')}
          scaling={recipe.scaling}
          locked={locked}
          onTry={(scaling) => {
            tryOut({ ...recipe, scaling });
          }}
          onSet={(scaling) => void commit({ ...recipe, scaling })}
          onCancel={() => {
            tryOut(null);
          }}
        />
      )}
      <FolderSentence folder={folder} />
      <RecipeForm folder={folder} recipe={recipe} locked={locked} onChange={(changed) => void commit(changed)} />
      <RecipeFailure role={role} />
    </div>
  );
}
