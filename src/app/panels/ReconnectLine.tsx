import { FolderSync, X } from 'lucide-react';
import { Button } from '../components/Button';
import { daysAgo, type RememberedPlace } from '../state/remembered';
import { shownName } from '../state/shownName';
import { plural } from '../state/units';
import { useActions, useStudio } from '../state/useStudio';

interface Props {
  readonly place: RememberedPlace;
  readonly disabled: boolean;
}

/** Offers the folder of an earlier visit; nothing where none is remembered. The browser asks for permission on the click. */
export function ReconnectLine({ place, disabled }: Props) {
  const known = useStudio((state) => state.remembered[place]);
  const startedAt = useStudio((state) => state.startedAt);
  const { reconnect, reconnectDataset, forgetFolder } = useActions();
  if (known === undefined) return null;
  const name = shownName(known.name);
  const files = known.place === 'dataset' ? '' : `, ${plural(known.listing.paths.length, 'file')}`;
  return (
    <div className="mt-2 flex items-start gap-x-1 text-xs text-ink-2">
      <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
        <Button
          size="small"
          disabled={disabled}
          className="max-w-full"
          title="Browsers ask again before a page may read a folder of an earlier visit. Your files are untouched."
          onClick={() => void (place === 'dataset' ? reconnectDataset() : reconnect(place))}
        >
          <FolderSync aria-hidden className="size-3.5 shrink-0" />
          <span className="truncate">Reconnect “{name}”</span>
        </Button>
        <span>
          opened {daysAgo(known.at, startedAt)}
          {files}
        </span>
      </div>
      <Button
        size="small"
        tone="quiet"
        aria-label={`Forget ${name}`}
        title="Forget"
        disabled={disabled}
        onClick={() => void forgetFolder(place)}
      >
        <X aria-hidden className="size-3.5" />
      </Button>
    </div>
  );
}
