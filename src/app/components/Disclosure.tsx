import { ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';

interface Props {
  readonly summary: ReactNode;
  readonly children: ReactNode;
}

/** Details on demand. The content exists only while it is open, so closed details cost nothing. */
export function Disclosure({ summary, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <details
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
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
