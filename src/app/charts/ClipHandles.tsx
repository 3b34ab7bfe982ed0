import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { classes } from '../components/classes';
import { keyedValue, moveEnd, placeOf, valueAt, type Axis, type Ends } from '../state/clipRange';
import { measured } from '../state/units';

interface Props {
  readonly axis: Axis;
  readonly ends: Ends;
  /** `mm`; empty where it is not known. */
  readonly unit: string;
  readonly disabled: boolean;
  /** While an end is on its way. */
  readonly onTry: (ends: Ends) => void;
  /** When an end was let go. */
  readonly onSet: (ends: Ends) => void;
  /** When the move was given up. */
  readonly onCancel: () => void;
}

const sides = [
  { side: 0, name: 'becomes black' },
  { side: 1, name: 'becomes white' },
] as const;

/** Two handles over a histogram: the readings that become black and white. What is cut off is shaded. */
export function ClipHandles({ axis, ends, ...rest }: Props) {
  const [left, right] = [Math.min(...ends), Math.max(...ends)].map((value) => placeOf(axis, value) * 100);
  return (
    <>
      <div
        className="pointer-events-none absolute inset-y-0 left-0 rounded-l-sm bg-page/75"
        style={{ width: `${String(left)}%` }}
      />
      <div
        className="pointer-events-none absolute inset-y-0 right-0 rounded-r-sm bg-page/75"
        style={{ width: `${String(100 - (right ?? 100))}%` }}
      />
      {sides.map(({ side, name }) => (
        <Handle key={side} axis={axis} ends={ends} side={side} name={name} {...rest} />
      ))}
    </>
  );
}

interface HandleProps extends Props {
  readonly side: 0 | 1;
  readonly name: string;
}

/** The listeners that move an end by pointer and by keyboard; it is set when pointer or key is let go. */
function useEndMoves({ axis, ends, side, disabled, onTry, onSet, onCancel }: HandleProps) {
  /** The newest place of a move that has not ended. */
  const moving = useRef<Ends | null>(null);
  const attempt = (next: number): void => {
    moving.current = moveEnd(axis, ends, side, next);
    onTry(moving.current);
  };
  const settle = (): void => {
    if (moving.current !== null) onSet(moving.current);
    moving.current = null;
  };
  const cancel = (): void => {
    if (moving.current !== null) onCancel();
    moving.current = null;
  };
  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    const track = event.currentTarget.parentElement?.getBoundingClientRect();
    if (track !== undefined && track.width > 0) attempt(valueAt(axis, (event.clientX - track.left) / track.width));
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') cancel();
    const next = disabled ? null : keyedValue(axis, ends[side], event.key, event.shiftKey);
    if (next === null) return;
    event.preventDefault();
    attempt(next);
  };
  return {
    onKeyDown: press,
    onKeyUp: settle,
    onBlur: settle,
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (!disabled && event.button === 0) event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
    },
    onPointerUp: settle,
    onPointerCancel: cancel,
  };
}

function Handle(props: HandleProps) {
  const { axis, ends, side, name, unit, disabled } = props;
  const value = ends[side];
  const shown = `${measured(value)}${unit === '' ? '' : ` ${unit}`}`;
  return (
    <div
      role="slider"
      tabIndex={disabled ? -1 : 0}
      aria-label={`Reading that ${name}`}
      aria-valuemin={Math.min(axis.from, value)}
      aria-valuemax={Math.max(axis.to, value)}
      aria-valuenow={value}
      aria-valuetext={shown}
      aria-disabled={disabled}
      className={classes(
        'absolute inset-y-0 z-10 w-6 -translate-x-1/2 touch-none',
        disabled ? 'cursor-not-allowed' : 'cursor-ew-resize',
      )}
      style={{ left: `${String(placeOf(axis, value) * 100)}%` }}
      {...useEndMoves(props)}
    >
      <span className="absolute inset-y-0 left-1/2 w-0.5 -translate-x-1/2 bg-ink" />
      <span
        className={classes(
          'absolute left-1/2 size-3.5 -translate-x-1/2 rounded-full border-2 border-ink',
          side === 0 ? 'bottom-1 bg-[#000]' : 'top-1 bg-[#fff]',
        )}
      />
      <HandleLabel place={placeOf(axis, value)} side={side}>
        {beyond(axis, value, shown)}
      </HandleLabel>
    </div>
  );
}

/** The value as it is written; an arrow says that it lies beyond what is shown. */
function beyond({ from, to }: Axis, value: number, shown: string): string {
  if (value > to) return `${shown} →`;
  return value < from ? `← ${shown}` : shown;
}

/** Beside the line, on the side that has room; black below, white above, so that they never cover each other. */
function HandleLabel({ place, side, children }: { place: number; side: 0 | 1; children: string }) {
  return (
    <span
      aria-hidden
      className={classes(
        'pointer-events-none absolute rounded-sm bg-raised/90 px-1 text-2xs font-medium whitespace-nowrap text-ink',
        side === 0 ? 'bottom-0.5' : 'top-0.5',
        place > 0.5 ? 'right-1/2 mr-2.5' : 'left-1/2 ml-2.5',
      )}
    >
      {children}
    </span>
  );
}
