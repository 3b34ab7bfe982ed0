import type { ReactNode } from 'react';

interface Props {
  readonly id: string;
  readonly number: number;
  readonly children: ReactNode;
  readonly aside?: ReactNode;
}

/** Heading of one stage; the strip of stages jumps here. */
export function StageHeading({ id, number, children, aside }: Props) {
  return (
    <div className="mb-2.5 flex min-h-7 flex-wrap items-center gap-x-2.5 gap-y-1">
      <span
        aria-hidden
        className="flex size-5 items-center justify-center rounded-full bg-ink text-2xs font-semibold text-page"
      >
        {number}
      </span>
      <h2 id={id} tabIndex={-1} className="text-base font-semibold tracking-tight focus:outline-none">
        {children}
      </h2>
      {aside !== undefined && <div className="ml-auto flex items-center gap-2">{aside}</div>}
    </div>
  );
}
