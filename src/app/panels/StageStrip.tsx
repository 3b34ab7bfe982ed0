import { ChevronRight } from 'lucide-react';
import { Fragment } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { classes } from '../components/classes';
import { useStudio } from '../state/useStudio';
import { stageIds, stageSummary, stageTitles, type StageId, type StageState } from './stages';

const dots: Readonly<Record<StageState, string>> = {
  empty: 'border-line-strong bg-transparent',
  ready: 'border-accent bg-accent',
  active: 'border-target bg-target animate-pulse',
  failed: 'border-danger bg-danger',
};

export function jumpTo(id: StageId): void {
  const heading = document.getElementById(`stage-${id}`);
  heading?.scrollIntoView({ block: 'start' });
  heading?.focus({ preventScroll: true });
}

/** The six stages, left to right the way data flows; each says how it stands and leads to its place. */
export function StageStrip() {
  return (
    <nav aria-label="Stages" className="min-w-0">
      <ol className="grid grid-cols-3 items-stretch md:flex">
        {stageIds.map((id, at) => (
          <Fragment key={id}>
            {at > 0 && (
              <li aria-hidden className="flex items-center text-line-strong max-md:hidden">
                <ChevronRight className="size-4" />
              </li>
            )}
            <li className="min-w-0 md:flex-1">
              <StageLink id={id} />
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}

function StageLink({ id }: { id: StageId }) {
  const { state, line } = useStudio(useShallow((studio) => stageSummary(id, studio)));
  return (
    <button
      type="button"
      className="w-full rounded-md px-2 py-1 text-left sm:py-1.5 hover:bg-sunken"
      onClick={() => {
        jumpTo(id);
      }}
    >
      <span className="flex items-center gap-1.5">
        <span aria-hidden className={classes('size-2 shrink-0 rounded-full border', dots[state])} />
        <span className="truncate text-sm font-semibold">{stageTitles[id]}</span>
      </span>
      <span className="block truncate pl-3.5 text-xs text-ink-3 max-sm:sr-only">{line}</span>
    </button>
  );
}
