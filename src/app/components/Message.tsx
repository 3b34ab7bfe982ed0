import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './classes';

const looks = {
  info: { box: 'border-line bg-sunken text-ink-2', icon: Info },
  warning: { box: 'border-warning/40 bg-warning-soft text-warning', icon: TriangleAlert },
  danger: { box: 'border-danger/40 bg-danger-soft text-danger', icon: CircleAlert },
} as const;

interface Props {
  readonly level: keyof typeof looks;
  readonly children: ReactNode;
}

/** A remark in place: an icon, a colour and words, never a colour alone. */
export function Message({ level, children }: Props) {
  const { box, icon: Icon } = looks[level];
  return (
    <div className={classes('flex gap-2 rounded-md border px-2.5 py-2 text-xs', box)}>
      <Icon aria-hidden className="mt-px size-4 shrink-0" />
      <div className="min-w-0 flex-1 wrap-anywhere">{children}</div>
    </div>
  );
}
