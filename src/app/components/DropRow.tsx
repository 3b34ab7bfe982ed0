import { FileArchive, FolderOpen } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { hasDirectoryPicker, pickDirectory, pickDrop, pickInput, type Picked } from '../state/dropFiles';
import type { SlotText } from '../state/slots';
import { buttonLook } from './Button';
import { classes } from './classes';

interface Props {
  readonly text: Pick<SlotText, 'label' | 'filesLabel' | 'accept'>;
  readonly disabled: boolean;
  /** Nothing was opened here yet: the row invites. */
  readonly empty: boolean;
  /** What is opened next takes the place of what is here. */
  readonly replaces: boolean;
  /** Takes what was dropped or chosen. A drop is handed over even while disabled, so that it can be refused aloud. */
  readonly onFiles: TakeFiles;
  readonly children: ReactNode;
}

/** `read` must be called inside the event that brings it, if at all. */
export type TakeFiles = (read: () => Promise<Picked>) => void;

/** A place that takes a folder, files or a zip, by drop or by button. */
export function DropRow({ text, disabled, empty, replaces, onFiles, children }: Props) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const leave = (): void => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <div
      className={classes(
        // Opened details take the whole width of the grid that the row stands in.
        'rounded-md border p-3 transition-colors sm:has-[details[open]]:col-span-full',
        over
          ? 'border-accent bg-accent-soft'
          : empty
            ? 'border-dashed border-line-strong bg-sunken'
            : 'border-line bg-surface',
      )}
      onDragEnter={(event) => {
        event.preventDefault();
        depth.current += 1;
        setOver(!disabled);
      }}
      onDragOver={(event) => {
        event.preventDefault();
      }}
      onDragLeave={() => {
        depth.current -= 1;
        if (depth.current <= 0) leave();
      }}
      onDrop={(event) => {
        event.preventDefault();
        leave();
        onFiles(() => pickDrop(event.dataTransfer));
      }}
    >
      {children}
      <div className="mt-2 flex flex-wrap gap-1.5">
        <FileButton name={text.label} directory disabled={disabled} onFiles={onFiles}>
          <FolderOpen aria-hidden className="size-3.5" />
          {replaces ? 'Change folder' : 'Choose folder'}
        </FileButton>
        <FileButton name={text.filesLabel} accept={text.accept} disabled={disabled} onFiles={onFiles}>
          <FileArchive aria-hidden className="size-3.5" />
          Files or zip
        </FileButton>
      </div>
    </div>
  );
}

interface FileButtonProps {
  readonly name: string;
  readonly directory?: boolean;
  readonly accept?: string;
  readonly disabled: boolean;
  readonly onFiles: TakeFiles;
  readonly children: ReactNode;
}

/** Ids of the browser's choosers hold only these. */
const pickerId = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, '').slice(0, 32);

/**
 * A button that opens the browser's chooser for files or, with `directory`, for a folder: as a handle where the browser
 * has handles, else as the files of its input.
 */
export function FileButton({ name, directory = false, accept, disabled, onFiles, children }: FileButtonProps) {
  const choose = async (): Promise<void> => {
    const asked = pickDirectory(pickerId(name));
    const picked = await asked.catch(() => undefined);
    if (picked !== null) onFiles(() => asked.then((given) => given ?? { kind: 'files', files: [] }));
  };
  return (
    <label className={classes('file-button', buttonLook('secondary', 'small'), disabled && 'opacity-60')}>
      {children}
      <input
        type="file"
        aria-label={name}
        multiple
        accept={accept}
        disabled={disabled}
        className="sr-only"
        {...(directory ? { webkitdirectory: '' } : {})}
        onClick={(event) => {
          if (!directory || !hasDirectoryPicker()) return;
          event.preventDefault();
          void choose();
        }}
        onChange={(event) => {
          const picked = pickInput(event.target.files);
          event.target.value = ''; // so that the same folder can be chosen again
          onFiles(() => Promise.resolve(picked));
        }}
      />
    </label>
  );
}
