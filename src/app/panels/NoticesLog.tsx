import type { RunFacts } from '../state/run';
import { count } from '../state/units';

/** What the run said, newest first. Warnings and the end are announced; steps are not. */
export function NoticesLog({ facts }: { facts: RunFacts }) {
  const newestFirst = facts.notices.toReversed();
  return (
    <div className="flex min-w-0 flex-col rounded-lg border border-line bg-surface px-4 py-3">
      <h3 className="text-sm font-semibold">Log</h3>
      <ol
        tabIndex={0}
        aria-label="What the run said, newest first"
        aria-live="polite"
        className="mt-1 max-h-80 min-h-24 flex-1 space-y-1 overflow-y-auto text-xs"
      >
        {newestFirst.length === 0 && <li className="text-ink-3">Nothing to report yet.</li>}
        {newestFirst.map((notice, at) => (
          <li key={newestFirst.length - at} className="flex gap-2.5">
            <span className="w-16 shrink-0 text-ink-3">step {count(notice.step)}</span>
            <span className={notice.level === 'warning' ? 'font-medium text-warning' : 'text-ink-2'}>
              {notice.level === 'warning' && 'Warning: '}
              {notice.message}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
