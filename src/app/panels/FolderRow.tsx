import { X } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { FolderSummary, ImageRole } from '../../shared/images';
import { Button } from '../components/Button';
import { Disclosure } from '../components/Disclosure';
import { DropRow } from '../components/DropRow';
import { FailureNotice } from '../components/FailureNotice';
import { Message } from '../components/Message';
import { isActive } from '../state/run';
import { slotStatus, slotTexts } from '../state/slots';
import { count, plural } from '../state/units';
import { useActions, useStudio } from '../state/useStudio';
import { InputView } from './InputView';
import { ReadingLine } from './ReadingLine';
import { ReconnectLine } from './ReconnectLine';
import { SlotHead } from './SlotHead';
import { visibleText } from '../../shared/visibleText';
import { shownName } from '../state/shownName';

interface Props {
  readonly role: ImageRole;
  readonly needsPairs: boolean;
}

/** One folder of images: where it is dropped, what was found in it, what needs attention. */
export function FolderRow({ role, needsPairs }: Props) {
  const folder = useStudio((state) => state.project.folders[role]);
  const status = useStudio((state) => slotStatus(role, state.project, needsPairs));
  const locked = useStudio((state) => isActive(state.run));
  const { reading, failure } = useStudio(
    useShallow((state) => ({ reading: state.reading[role] ?? state.reading.demo, failure: state.failures[role] })),
  );
  const { openFiles, removeFolder, dismissFailure } = useActions();
  const text = slotTexts[role];
  return (
    <DropRow
      text={text}
      empty={folder === undefined}
      replaces={folder !== undefined}
      disabled={locked || reading !== undefined}
      onFiles={(read) => void openFiles(role, read)}
    >
      <SlotHead title={text.title} status={status}>
        {folder !== undefined && (
          <Button
            tone="quiet"
            size="small"
            disabled={locked}
            aria-label={`Remove ${text.title}`}
            onClick={() => void removeFolder(role)}
          >
            <X aria-hidden className="size-3.5" />
          </Button>
        )}
      </SlotHead>
      {folder === undefined ? (
        <>
          <p className="mt-1 text-xs text-ink-2">{text.invitation}</p>
          <ReconnectLine place={role} disabled={locked || reading !== undefined} />
        </>
      ) : (
        <FolderFacts folder={folder} locked={locked} />
      )}
      {reading !== undefined && <ReadingLine what={text.title} reading={reading} />}
      {failure !== undefined && (
        <div className="mt-2">
          <FailureNotice
            failure={failure}
            onDismiss={() => {
              dismissFailure(role);
            }}
          >
            {failure.code === 'missing-file' && folder !== undefined && (
              <ReconnectLine place={role} disabled={locked || reading !== undefined} />
            )}
          </FailureNotice>
        </div>
      )}
    </DropRow>
  );
}

function sizeLine({ sizes }: FolderSummary): string {
  const [first] = sizes;
  if (first === undefined) return '';
  const rest = sizes.length > 1 ? ` and ${plural(sizes.length - 1, 'other size')}` : '';
  return `${String(first.width)} × ${String(first.height)}${rest}`;
}

function FolderFacts({ folder, locked }: { folder: FolderSummary; locked: boolean }) {
  const line = [
    sizeLine(folder),
    `${folder.bitDepths.join('/')}-bit`,
    folder.channels.every((channels) => channels <= 2)
      ? 'grey'
      : folder.channels.every((channels) => channels > 2)
        ? 'colour'
        : 'mixed',
  ].filter(Boolean);
  return (
    <div className="mt-1.5 space-y-2">
      <p className="text-xs text-ink-2">
        <span className="font-semibold text-ink">{plural(folder.usable, 'image')}</span> · {line.join(' · ')}
        <span className="block truncate text-ink-3" title={visibleText(folder.name)}>
          {shownName(folder.name)}
        </span>
      </p>
      {folder.warnings.map((warning) => (
        <Message key={warning} level="warning">
          {visibleText(warning)}
        </Message>
      ))}
      <div>
        <Disclosure summary="What the network sees">
          <InputView folder={folder} locked={locked} />
        </Disclosure>
        {folder.classes !== null && (
          <Disclosure summary={`${plural(folder.classes.length, 'class folder')}, for measuring only`}>
            <ul className="grid grid-cols-2 gap-x-4 text-xs text-ink-2">
              {folder.classes.map((entry) => (
                <li key={entry.name} className="flex justify-between gap-2">
                  <span className="truncate" title={visibleText(entry.name)}>
                    {shownName(entry.name)}
                  </span>
                  <span>{count(entry.count)}</span>
                </li>
              ))}
            </ul>
          </Disclosure>
        )}
        {folder.skipped.length > 0 && (
          <Disclosure summary={`${plural(folder.skipped.length, 'file')} skipped`}>
            <ul
              tabIndex={0}
              aria-label="Skipped files"
              className="relative max-h-40 space-y-1 overflow-auto text-xs text-ink-2"
            >
              {folder.skipped.map((file) => (
                <li key={file.path}>
                  <span className="font-mono break-all">{visibleText(file.path)}</span>: {visibleText(file.reason)}
                </li>
              ))}
            </ul>
          </Disclosure>
        )}
      </div>
    </div>
  );
}
