import { ImageOff } from 'lucide-react';
import type { FolderSummary, GridImage } from '../../shared/images';
import { LongGrid } from '../components/LongGrid';
import { PathEnd } from '../components/PathEnd';
import { PictureCanvas } from '../components/PictureCanvas';
import { shownName } from '../state/shownName';
import { count } from '../state/units';
import { useStudioApi } from '../state/useStudio';

interface Props {
  readonly folder: FolderSummary;
  /** Index of the image that is shown large. */
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

const pictureSize = 96;
/** Two lines of the smallest type. */
const captionHeight = 34;

/** All images of a folder, as the network sees them, with their path and their label. */
export function FolderGrid({ folder, chosen, onChoose }: Props) {
  const { engine } = useStudioApi();
  const { role } = folder;
  return (
    <LongGrid<GridImage>
      label={`All ${count(folder.usable)} images of the folder`}
      count={folder.usable}
      tilesKey={`${role} ${folder.fingerprint} ${JSON.stringify(folder.recipe)}`}
      load={(from, howMany) => engine.call('images/grid', { role, from, count: howMany, size: pictureSize })}
      captionHeight={captionHeight}
      choice={{ chosen, onChoose, nameOf }}
    >
      {(image) => <Tile image={image} />}
    </LongGrid>
  );
}

function nameOf(image: GridImage | undefined, index: number): string {
  if (image === undefined) return `Image ${String(index + 1)}`;
  const label = image.label === null ? '' : `, ${shownName(image.label)}`;
  return `${shownName(image.path)}${label}${image.picture === null ? ', cannot be read' : ''}`;
}

function Tile({ image }: { image: GridImage | undefined }) {
  return (
    <>
      <div className="hatched flex aspect-square w-full items-center justify-center overflow-hidden rounded-sm">
        {image?.picture === undefined || image.picture === null ? (
          image !== undefined && (
            <span className="flex flex-col items-center gap-1 rounded-sm bg-surface px-1.5 py-1 text-danger">
              <ImageOff aria-hidden className="size-4" />
              cannot be read
            </span>
          )
        ) : (
          <PictureCanvas picture={image.picture} label={null} className="size-full object-contain" />
        )}
      </div>
      {image !== undefined && (
        <p className="pt-0.5 text-left text-ink-2">
          <PathEnd path={image.path} />
        </p>
      )}
      {image !== undefined && image.label !== null && <p className="truncate">{shownName(image.label)}</p>}
    </>
  );
}
