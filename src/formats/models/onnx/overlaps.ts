import type { FileBytes } from '../format';
import type { StoredTensor } from '../storedTensor';

interface Place {
  readonly offset: number;
  readonly length: number;
  readonly name: string;
}

/** Names of tensors that share bytes with another: written back, one would change the other. */
export function overlapping(tensors: readonly StoredTensor[]): ReadonlySet<string> {
  const byFile = new Map<FileBytes, Place[]>();
  for (const { name, pieces } of tensors) {
    for (const { file, offset, length } of pieces) {
      const places = byFile.get(file) ?? [];
      places.push({ offset, length, name });
      byFile.set(file, places);
    }
  }
  const names = new Set<string>();
  for (const places of byFile.values()) {
    let reach: Place | undefined;
    for (const place of places.toSorted((a, b) => a.offset - b.offset)) {
      if (reach && reach.offset + reach.length > place.offset) names.add(reach.name).add(place.name);
      if (!reach || place.offset + place.length > reach.offset + reach.length) reach = place;
    }
  }
  return names;
}
