import { Circle, CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { SlotStatus } from '../state/slots';

const marks = {
  ready: { icon: CircleCheck, color: 'text-accent', word: 'ready' },
  attention: { icon: TriangleAlert, color: 'text-warning', word: 'needs attention' },
  missing: { icon: Circle, color: 'text-ink-3', word: 'needed' },
  neededByPreset: { icon: Circle, color: 'text-ink-3', word: 'needed by this preset' },
  unusedByPreset: { icon: CircleDashed, color: 'text-ink-3', word: 'not used by this preset' },
  optional: { icon: CircleDashed, color: 'text-ink-3', word: 'optional' },
} as const;

interface Props {
  readonly title: string;
  readonly status: SlotStatus;
  readonly children?: ReactNode;
}

/** Title of a checklist row with its status as a mark and a word. */
export function SlotHead({ title, status, children }: Props) {
  const { icon: Icon, color, word } = marks[status];
  return (
    <div className="flex items-center gap-2">
      <Icon aria-hidden className={`size-4 shrink-0 ${color}`} />
      <div className="flex min-w-0 flex-wrap items-baseline gap-x-2">
        <h3 className="min-w-0 text-sm font-semibold wrap-anywhere">{title}</h3>
        <span className={`text-xs ${status === 'attention' ? 'text-warning' : 'text-ink-3'}`}>{word}</span>
      </div>
      {children !== undefined && <div className="ml-auto flex items-center gap-1">{children}</div>}
    </div>
  );
}
