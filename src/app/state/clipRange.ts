/** Raw values: what becomes black, what becomes white. The first is not always the smaller one: disparity turns round. */
export type Ends = readonly [number, number];

/** A range of raw values from left to right, as a histogram shows it. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  /** Readings are whole numbers: so are ends. */
  readonly whole: boolean;
}

/** Where a raw value stands on the axis, 0..1; values beyond stand at its edge. */
export function placeOf({ from, to }: Axis, value: number): number {
  return to > from ? Math.min(1, Math.max(0, (value - from) / (to - from))) : 0;
}

/** The raw value at a place of the axis, 0..1. */
export function valueAt({ from, to, whole }: Axis, place: number): number {
  const value = from + Math.min(1, Math.max(0, place)) * (to - from);
  // Four digits of the span are more than a pointer can tell apart.
  const grain = 10 ** Math.floor(Math.log10(Math.max(to - from, Number.MIN_VALUE)) - 3);
  return whole ? Math.round(value) : Math.round(value / grain) * grain;
}

/** The smallest difference of both ends. */
const gap = ({ from, to, whole }: Axis): number => (whole ? 1 : (to - from) / 1000);

/** Both ends after one of them was put to a value: it stops short of the other one. */
export function moveEnd(axis: Axis, ends: Ends, side: 0 | 1, value: number): Ends {
  const other = side === 0 ? ends[1] : ends[0];
  const isLower = side === 0 ? ends[0] <= other : ends[1] < other;
  const stopped = isLower ? Math.min(value, other - gap(axis)) : Math.max(value, other + gap(axis));
  return side === 0 ? [stopped, other] : [other, stopped];
}

/** How far keys move an end: arrows a hundredth of the axis, with Shift a tenth of that, page keys a tenth of the axis. */
const strides: Readonly<Record<string, number>> = {
  ArrowLeft: -0.01,
  ArrowDown: -0.01,
  ArrowRight: 0.01,
  ArrowUp: 0.01,
  PageDown: -0.1,
  PageUp: 0.1,
};

/** The raw value that a key brings an end to, or null for a key that means nothing. */
export function keyedValue(axis: Axis, value: number, key: string, fine: boolean): number | null {
  const { from, to, whole } = axis;
  if (key === 'Home') return from;
  if (key === 'End') return to;
  const stride = strides[key];
  if (stride === undefined) return null;
  // From far outside, the first key leads back to the edge.
  if (value > to) return stride < 0 ? to : value;
  if (value < from) return stride > 0 ? from : value;
  const step = stride * (to - from) * (fine ? 0.1 : 1);
  const moved = value + (whole ? Math.sign(step) * Math.max(1, Math.round(Math.abs(step))) : step);
  return Math.min(to, Math.max(from, whole ? Math.round(moved) : moved));
}

/** Round numbers on an axis, at most `count` of them, in order. */
export function ticksOf(from: number, to: number, count: number): readonly number[] {
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span)) return [from];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  const length = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}
