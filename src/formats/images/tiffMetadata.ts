import type { Unit } from './format';

/** What GDAL says of the values of a band. */
export interface BandMeaning {
  /** What a stored value measures; absent where it is none of these units, or only after an arithmetic. */
  readonly unit?: Unit;
  readonly notes: readonly string[];
}

/** Spellings of units, in lower case. */
const units: ReadonlyMap<string, Unit> = new Map([
  ['mm', 'millimetre'],
  ['millimetre', 'millimetre'],
  ['millimeter', 'millimetre'],
  ['m', 'metre'],
  ['metre', 'metre'],
  ['meter', 'metre'],
  ['k', 'kelvin'],
  ['kelvin', 'kelvin'],
  ['degc', 'degreeCelsius'],
  ['°c', 'degreeCelsius'],
  ['celsius', 'degreeCelsius'],
]);

/** The text of an item of the first band. */
function itemOf(xml: string, name: string): string | null {
  const item = new RegExp(`<Item name="${name}" sample="0"[^>]{0,100}>([^<]{0,200})<`).exec(xml);
  return item?.[1]?.trim() ?? null;
}

/** A finite number; null where the item is missing or says something else. */
function numberOf(xml: string, name: string): number | null {
  const text = itemOf(xml, name);
  return text === null || text === '' || !Number.isFinite(Number(text)) ? null : Number(text);
}

/** At most twelve digits: GDAL writes -273.149999999999977. */
const rounded = (value: number): string => String(Number(value.toPrecision(12)));

/**
 * Reads unit, scale and offset from the metadata of GDAL (tag 42112, gdal.org/drivers/raster/gtiff.html). Values stay as
 * stored: where they are to be scaled, a note says how. Metres in thousandths are millimetres.
 */
export function bandMeaning(xml: string): BandMeaning {
  const name = (itemOf(xml, 'UNITTYPE') ?? '').slice(0, 40);
  const known = units.get(name.toLowerCase());
  const [scale, offset] = [numberOf(xml, 'SCALE') ?? 1, numberOf(xml, 'OFFSET') ?? 0];
  if (scale === 1 && offset === 0) {
    if (known) return { unit: known, notes: [] };
    return { notes: name === '' ? [] : [`The file says that values are in ${name}.`] };
  }
  if (known === 'metre' && offset === 0 && Math.abs(scale - 0.001) < 1e-12) return { unit: 'millimetre', notes: [] };
  const added = offset === 0 ? '' : ` ${offset < 0 ? 'minus' : 'plus'} ${rounded(Math.abs(offset))}`;
  const measured = name === '' ? 'what was measured' : name;
  return {
    notes: [`Values are as stored; the file says that ${rounded(scale)} times a value${added} is ${measured}.`],
  };
}
