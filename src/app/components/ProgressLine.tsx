interface Props {
  readonly label: string;
  readonly done: number;
  /** 0 while unknown. */
  readonly total: number;
}

/** A thin progress bar; without a total it only says that something is going on. */
export function ProgressLine({ label, done, total }: Props) {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(total > 0 ? { 'aria-valuenow': Math.round(share * 100) } : {})}
      className="h-1.5 w-full overflow-hidden rounded-full bg-line"
    >
      {total > 0 ? (
        <div className="h-full origin-left rounded-full bg-accent" style={{ width: `${String(share * 100)}%` }} />
      ) : (
        <div className="h-full w-1/4 animate-pulse rounded-full bg-accent" />
      )}
    </div>
  );
}
