import { visibleText } from '../../shared/visibleText';
import { shownEnd } from '../state/shownName';

/** Longer paths are cut before they reach the page. */
const longestEnd = 120;

/** A path on one line. Where it does not fit, its front is cut: the end tells the files of a folder apart. */
export function PathEnd({ path }: { path: string }) {
  return (
    // In a line that runs from right to left what does not fit is cut at the left; the path itself runs as it is written.
    <span dir="rtl" className="block truncate" title={visibleText(path)}>
      <bdi dir="ltr">{shownEnd(path, longestEnd)}</bdi>
    </span>
  );
}
