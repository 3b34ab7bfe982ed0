import { useMemo, type ReactNode } from 'react';
import type { ImagePreview, Picture } from '../../shared/images';
import { classes } from '../components/classes';
import { PictureCanvas } from '../components/PictureCanvas';
import { samePicture, isMasked } from '../state/pictures';
import { shownName } from '../state/shownName';

interface Props {
  readonly now: ImagePreview;
  /** With the suggested recipe; null while on its way, and where that is the recipe. */
  readonly before: ImagePreview | null;
  /** The recipe is the suggested one. */
  readonly suggested: boolean;
  /** `now` answers an earlier question. */
  readonly computing: boolean;
}

/** Below this width the pixels of a picture are worth seeing one by one. */
const smallWidth = 128;

/** An image as it is, as the suggested recipe would give it to the network, and as the network gets it. */
export function InputPictures({ now, before, suggested, computing }: Props) {
  const path = shownName(now.path);
  const alike = useMemo(() => before !== null && samePicture(before.networkPicture, now.networkPicture), [before, now]);
  const masked = useMemo(() => isMasked(now.networkPicture), [now]);
  return (
    <div className="space-y-1">
      <div
        className={classes('grid gap-2 text-2xs text-ink-3', suggested ? 'grid-cols-2' : 'grid-cols-2 sm:grid-cols-3')}
      >
        <Shown picture={now.picture} computing={computing} label={`The file ${path}`}>
          the file, stretched for looking · {now.width} × {now.height}, {now.bitDepth}-bit
        </Shown>
        {!suggested && (
          <Shown
            picture={before?.networkPicture ?? null}
            computing={before === null}
            label={`With the suggested recipe: ${path}`}
          >
            before: with the suggested recipe
          </Shown>
        )}
        <Shown picture={now.networkPicture} computing={computing} label={`What the network sees of ${path}`}>
          {suggested ? 'what the network sees' : 'now: what the network sees'}
          {masked && '; hatched: masked'}
        </Shown>
      </div>
      {alike && (
        <p className="text-xs text-ink-3">The suggested recipe and yours give the same picture of this image.</p>
      )}
    </div>
  );
}

interface ShownProps {
  readonly picture: Picture | null;
  /** The picture is on its way; what is shown meanwhile is an earlier one. */
  readonly computing: boolean;
  readonly label: string;
  readonly children: ReactNode;
}

/** Quick answers come before anything dims. */
const afterAMoment = 'transition-opacity delay-300 duration-150';

function Shown({ picture, computing, label, children }: ShownProps) {
  return (
    <figure className="min-w-0" aria-busy={computing}>
      <div className="relative">
        {picture === null ? (
          <div className="aspect-square w-full rounded-sm bg-sunken" />
        ) : (
          <PictureCanvas
            picture={picture}
            label={label}
            className={classes(
              'hatched aspect-square w-full rounded-sm object-contain',
              picture.width < smallWidth && '[image-rendering:pixelated]',
              computing ? `opacity-40 ${afterAMoment}` : 'opacity-100',
            )}
          />
        )}
        <span
          aria-hidden={!computing}
          className={classes(
            'absolute top-1 left-1 rounded-sm bg-raised/90 px-1.5 font-medium text-ink',
            computing ? `opacity-100 ${picture === null ? '' : afterAMoment}` : 'opacity-0',
          )}
        >
          computing …
        </span>
      </div>
      <figcaption className="mt-0.5">{children}</figcaption>
    </figure>
  );
}
