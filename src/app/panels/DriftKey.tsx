/** What the marks of the ladder mean; once there is an after, nothing on it is now. */
export function DriftKey({ ended }: { ended: boolean }) {
  return (
    <ul className="mb-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-2">
      <li className="flex items-center gap-1.5">
        <svg aria-hidden className="size-3" viewBox="0 0 12 12">
          <circle cx="6" cy="6" r="4" fill="none" stroke="var(--before)" strokeWidth="1.8" />
        </svg>
        before
      </li>
      {ended ? (
        <li className="flex items-center gap-1.5">
          <svg aria-hidden className="size-3" viewBox="0 0 12 12">
            <path d="M6 .5l5.5 5.5l-5.5 5.5l-5.5 -5.5z" fill="var(--now)" />
          </svg>
          after
        </li>
      ) : (
        <li className="flex items-center gap-1.5">
          <svg aria-hidden className="size-3" viewBox="0 0 12 12">
            <circle cx="6" cy="6" r="4.2" fill="var(--now)" />
          </svg>
          now
        </li>
      )}
      <li className="flex items-center gap-1.5">
        <svg aria-hidden className="size-3" viewBox="0 0 12 12">
          <path d="M6 0v12" stroke="var(--line-strong)" strokeWidth="2" />
        </svg>
        noise floor: what chance alone gives
      </li>
    </ul>
  );
}
