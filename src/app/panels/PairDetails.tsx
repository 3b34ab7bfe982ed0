import { useState } from 'react';
import type { PairSummary } from '../../shared/pairs';
import { Disclosure } from '../components/Disclosure';
import { FailureNotice } from '../components/FailureNotice';
import { Message } from '../components/Message';
import { Pager } from '../components/Pager';
import { PictureCanvas } from '../components/PictureCanvas';
import { count, plural } from '../state/units';
import { useEngineAnswer } from '../state/useEngineAnswer';
import { useStudio } from '../state/useStudio';
import { visibleText } from '../../shared/visibleText';
import { shownName } from '../state/shownName';

/** How the two folders of pairs fit together. */
export function PairDetails() {
  const pairs = useStudio((state) => state.project.pairs);
  const prints = useStudio(
    ({ project: { folders } }) =>
      `${folders.pairsRgb?.fingerprint ?? ''}/${folders.pairsTarget?.fingerprint ?? ''}/${JSON.stringify(folders.pairsTarget?.recipe)}`,
  );
  if (pairs === null) return null;
  const unmatched = pairs.unmatchedRgb.length + pairs.unmatchedTarget.length;
  const few = pairs.matched * 2 < pairs.matched + Math.max(pairs.unmatchedRgb.length, pairs.unmatchedTarget.length);
  return (
    <div className="space-y-2 rounded-md border border-line bg-surface p-3">
      <p className="text-xs text-ink-2">
        <span className="font-semibold text-ink">{plural(pairs.matched, 'pair')}</span> by file name
        {unmatched > 0 &&
          ` · without partner: ${count(pairs.unmatchedRgb.length)} RGB, ${count(pairs.unmatchedTarget.length)} target`}
      </p>
      {few && (
        <Message level="warning">
          Fewer than half of the names match. Both folders need the same file names, apart from the ending.
        </Message>
      )}
      {pairs.matched > 0 && (
        <Disclosure summary="Look at the pairs">
          <PairView key={prints} pairs={pairs} prints={prints} />
        </Disclosure>
      )}
      {unmatched > 0 && (
        <Disclosure summary={`${plural(unmatched, 'file')} without partner`}>
          <ul
            tabIndex={0}
            aria-label="Files without partner"
            className="relative max-h-40 overflow-auto font-mono text-2xs break-all text-ink-2"
          >
            {pairs.unmatchedRgb.map((path) => (
              <li key={`rgb ${path}`}>RGB {visibleText(path)}</li>
            ))}
            {pairs.unmatchedTarget.map((path) => (
              <li key={`target ${path}`}>target {visibleText(path)}</li>
            ))}
          </ul>
        </Disclosure>
      )}
    </div>
  );
}

/** One pair laid over each other: the slider moves the border between RGB and target, misalignment shows at it. */
function PairView({ pairs, prints }: { pairs: PairSummary; prints: string }) {
  const [index, setIndex] = useState(0);
  const [border, setBorder] = useState(50);
  const answer = useEngineAnswer('pairs/preview', { index }, `${prints} ${String(index)}`);
  const move = (by: number): void => {
    setIndex((index + by + pairs.matched) % pairs.matched);
  };
  if (answer.failure !== null) return <FailureNotice failure={answer.failure} />;
  if (answer.value === null) return null;
  const { rgb, target, rgbPath, targetPath } = answer.value;
  const picture = 'aspect-square w-full rounded-sm bg-sunken object-contain';
  return (
    <div className="space-y-2">
      <div className="grid grid-cols-3 gap-2 text-2xs text-ink-3">
        <figure>
          <PictureCanvas picture={rgb} label={`RGB image ${shownName(rgbPath)}`} className={picture} />
          <figcaption className="mt-0.5 text-rgb">RGB</figcaption>
        </figure>
        <figure>
          <div className="relative aspect-square">
            <PictureCanvas picture={rgb} label={null} className={`absolute inset-0 ${picture}`} />
            <div className="absolute inset-0" style={{ clipPath: `inset(0 0 0 ${String(border)}%)` }}>
              <PictureCanvas picture={target} label="The pair laid over each other" className={picture} />
            </div>
            <span className="absolute inset-y-0 w-px bg-surface" style={{ left: `${String(border)}%` }} />
          </div>
          <figcaption className="mt-0.5">overlay</figcaption>
        </figure>
        <figure>
          <PictureCanvas picture={target} label={`Target image ${shownName(targetPath)}`} className={picture} />
          <figcaption className="mt-0.5 text-target">target</figcaption>
        </figure>
      </div>
      <input
        type="range"
        aria-label="Border between RGB and target in the overlay"
        className="w-full"
        min={0}
        max={100}
        value={border}
        onChange={(event) => {
          setBorder(event.target.valueAsNumber);
        }}
      />
      <Pager what="pair" onMove={move}>
        {shownName(rgbPath)} ({index + 1} of {count(pairs.matched)})
      </Pager>
    </div>
  );
}
