import { useState } from 'react';
import { FailureNotice } from '../components/FailureNotice';
import { Pager } from '../components/Pager';
import { PathEnd } from '../components/PathEnd';
import { PictureCanvas } from '../components/PictureCanvas';
import { shownName } from '../state/shownName';
import { useEngineAnswer } from '../state/useEngineAnswer';

interface Props {
  /** Index of the pair that is shown. */
  readonly at: number;
  readonly total: number;
  /** Everything that the pictures depend on, as text. */
  readonly prints: string;
  readonly onGo: (index: number) => void;
}

/** One pair laid over each other: the slider moves the border between RGB and target, misalignment shows at it. */
export function PairView({ at, total, prints, onGo }: Props) {
  const [border, setBorder] = useState(50);
  const answer = useEngineAnswer('pairs/preview', { index: at }, `${prints} ${String(at)}`);
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
      <Pager what="pair" at={at} total={total} onGo={onGo}>
        <PathEnd path={rgbPath} />
      </Pager>
    </div>
  );
}
