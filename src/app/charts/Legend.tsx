import type { ReactNode } from 'react';

interface LineKeyProps {
  readonly color: string;
  readonly dash?: string;
  readonly children: ReactNode;
}

/** A sample of a line with its name. */
export function LineKey({ color, dash = '', children }: LineKeyProps) {
  return (
    <span className="inline-flex items-center gap-1.5 text-xs text-ink-2">
      <svg aria-hidden width="18" height="4" className="shrink-0">
        <line x1="0" x2="18" y1="2" y2="2" stroke={color} strokeWidth="2" strokeDasharray={dash} />
      </svg>
      {children}
    </span>
  );
}
