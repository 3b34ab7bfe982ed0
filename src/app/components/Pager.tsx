import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './Button';

interface Props {
  /** What the buttons step through: `image`, `pair`. */
  readonly what: string;
  readonly onMove: (by: -1 | 1) => void;
  readonly children: ReactNode;
}

/** One back, one on, and where one is. */
export function Pager({ what, onMove, children }: Props) {
  return (
    <div className="flex items-center gap-1 text-xs text-ink-2">
      <Button
        size="small"
        tone="quiet"
        aria-label={`Previous ${what}`}
        onClick={() => {
          onMove(-1);
        }}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </Button>
      <span className="min-w-0 flex-1 truncate text-center font-mono text-2xs">{children}</span>
      <Button
        size="small"
        tone="quiet"
        aria-label={`Next ${what}`}
        onClick={() => {
          onMove(1);
        }}
      >
        <ChevronRight aria-hidden className="size-4" />
      </Button>
    </div>
  );
}
