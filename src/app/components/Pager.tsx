import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { count } from '../state/units';
import { Button } from './Button';

interface Props {
  /** What is paged through: `image`, `pair`. */
  readonly what: string;
  /** Index of what is shown, from 0. */
  readonly at: number;
  readonly total: number;
  readonly onGo: (index: number) => void;
  /** Name of what is shown. */
  readonly children: ReactNode;
}

/** One back, one on, where one is, and a number to go to. After the last comes the first. */
export function Pager({ what, at, total, onGo, children }: Props) {
  const move = (by: number): void => {
    onGo((at + by + total) % total);
  };
  return (
    <div className="flex flex-wrap items-center justify-center gap-x-2 gap-y-1 text-xs text-ink-2">
      <div className="flex min-w-0 flex-1 basis-40 items-center gap-1">
        <Button
          size="small"
          tone="quiet"
          aria-label={`Previous ${what}`}
          onClick={() => {
            move(-1);
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
            move(1);
          }}
        >
          <ChevronRight aria-hidden className="size-4" />
        </Button>
      </div>
      <PlaceField what={what} at={at} total={total} onGo={onGo} />
    </div>
  );
}

/** The number of what is shown; another one typed goes there, one that is too large to the last. */
function PlaceField({ what, at, total, onGo }: Omit<Props, 'children'>) {
  const field = useRef<HTMLInputElement>(null);
  const place = String(at + 1);
  useEffect(() => {
    if (field.current !== null) field.current.value = place;
  }, [place]);
  const go = (input: HTMLInputElement): void => {
    const wanted = Math.round(Number(input.value));
    const isNumber = input.value.trim() !== '' && Number.isFinite(wanted);
    input.value = place; // until the new place is shown
    if (isNumber) onGo(Math.min(total, Math.max(1, wanted)) - 1);
  };
  return (
    <span className="flex shrink-0 items-center gap-1 text-ink-3">
      <input
        ref={field}
        type="text"
        inputMode="numeric"
        aria-label={`Number of the ${what}`}
        defaultValue={place}
        className="h-7 w-16 rounded-md border border-line-strong bg-surface px-1.5 text-right text-xs text-ink"
        onFocus={(event) => {
          event.target.select();
        }}
        onBlur={(event) => {
          if (event.target.value !== place) go(event.target);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.currentTarget);
        }}
      />
      <span className="whitespace-nowrap">of {count(total)}</span>
    </span>
  );
}
