import { X } from 'lucide-react';
import { useShallow } from 'zustand/react/shallow';
import type { ImageRole } from '../../shared/images';
import { Button } from '../components/Button';
import { DropRow } from '../components/DropRow';
import { FailureNotice } from '../components/FailureNotice';
import { isActive } from '../state/run';
import { slotStatus, slotTexts } from '../state/slots';
import { useActions, useStudio } from '../state/useStudio';
import { FolderFacts } from './FolderFacts';
import { ReadingLine } from './ReadingLine';
import { ReconnectLine } from './ReconnectLine';
import { SlotHead } from './SlotHead';

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
