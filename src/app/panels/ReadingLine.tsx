import { ProgressLine } from '../components/ProgressLine';
import type { Reading } from '../state/studioState';
import { count } from '../state/units';

/** How far files are read; while they are still being found, how many there are so far. */
export function ReadingLine({ what, reading }: { what: string; reading: Reading }) {
  const { done, total } = reading;
  return (
    <div className="mt-2">
      <ProgressLine label={`Reading ${what}`} done={done} total={total} />
      {done > 0 && (
        <p className="mt-1 text-xs text-ink-3">
          {total > 0 ? `${count(done)} of ${count(total)} files` : `${count(done)} files found`}
        </p>
      )}
    </div>
  );
}
