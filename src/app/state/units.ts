/** Numbers as people read them: always with their unit, never more digits than they carry. */

const thinSpace = '\u202f';

export function percent(fraction: number, digits = 1): string {
  return `${(fraction * 100).toFixed(digits)}${thinSpace}%`;
}

/** Two digits after the point, and never a zero with a sign. */
export function hundredths(value: number): string {
  return value.toFixed(2).replace(/^-(?=[0.]*$)/, '');
}

/** Signed difference of two fractions in percentage points: `+32.4 points`. */
export function points(difference: number): string {
  const value = (Math.abs(difference) * 100).toFixed(1);
  return `${difference < 0 ? '−' : '+'}${value} points`;
}

/** `1 204` for counts. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, thinSpace);
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function bytes(value: number): string {
  if (value < 1e3) return `${String(Math.round(value))} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(0)} kB`;
  if (value < 1e9) return `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB`;
  return `${(value / 1e9).toFixed(2)} GB`;
}

/** `48 s`, `3 min 10 s`, `1 h 04 min`; an unknown duration is a dash. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  return `${String(Math.floor(whole / 3600))} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** A measured number with about three significant digits, `–` when it is not finite. */
export function measured(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1000) return count(value);
  if (size < 0.001) return value.toExponential(1);
  return value.toPrecision(3);
}
