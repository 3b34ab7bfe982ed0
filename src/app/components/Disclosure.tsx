import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';

interface Props {
  readonly summary: ReactNode;
  readonly children: ReactNode;
  /** For details that something else opens too; with it comes `onOpenChange`. */
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

/** Details on demand. The content exists only while it is open, so closed details cost nothing. */
export function Disclosure({ summary, children, open: held, onOpenChange }: Props) {
  const [own, setOwn] = useState(false);
  const open = held ?? own;
  return (
    <details
      open={open}
      onToggle={(event) => {
        const isOpen = event.currentTarget.open;
        setOwn(isOpen);
        if (isOpen !== held) onOpenChange?.(isOpen);
      }}
    >
      <summary className="-mx-1.5 flex list-none items-center gap-1.5 rounded-md px-1.5 py-1 text-xs font-medium text-ink-2 hover:bg-sunken hover:text-ink">
        <ChevronRight
          aria-hidden
          className={
            open ? 'size-3.5 shrink-0 rotate-90 transition-transform' : 'size-3.5 shrink-0 transition-transform'
          }
        />
        <span className="min-w-0 wrap-anywhere">{summary}</span>
      </summary>
      {open && <div className="pt-2 pb-1">{children}</div>}
    </details>
  );
}
