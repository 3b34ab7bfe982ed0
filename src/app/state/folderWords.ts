import type { FolderChange, FolderSummary } from '../../shared/images';
import { count, plural } from './units';

/** Of how many images the figures of a folder come, where that is not all of them. */
export function measuredWords({ measured, usable }: Pick<FolderSummary, 'measured' | 'usable'>): string | null {
  if (measured >= usable) return null;
  return `measured in a sample of ${count(measured)} of ${count(usable)}`;
}

/** What became of a folder since it was last open, in a sentence. */
export function changeWords({ changed, added, removed }: FolderChange): string {
  const parts = [
    changed.length > 0 ? `${plural(changed.length, 'file')} changed` : '',
    added.length > 0 ? `${count(added.length)} new` : '',
    removed.length > 0 ? `${count(removed.length)} gone` : '',
  ].filter(Boolean);
  return `Since you last opened this folder: ${parts.join(', ')}.`;
}
