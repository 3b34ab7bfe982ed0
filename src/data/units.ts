import type { Unit } from '../formats/images/format';

/** As people write them. */
export const unitSymbols: Readonly<Record<Unit, string>> = {
  millimetre: 'mm',
  metre: 'm',
  degreeCelsius: '°C',
  kelvin: 'K',
};

/** Three significant digits, and all digits before the point. */
const readable = (value: number): string =>
  Math.abs(value) >= 1e9 ? value.toExponential(2) : String(Number(value.toFixed(digitsFor(value))));

const digitsFor = (value: number): number =>
  value === 0 ? 0 : Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));

/** `0.4 to 7.92 m` */
export const readableRange = ([low, high]: readonly [number, number], unit: Unit | undefined): string =>
  `${readable(low)} to ${readable(high)}${unit === undefined ? '' : ` ${unitSymbols[unit]}`}`;
