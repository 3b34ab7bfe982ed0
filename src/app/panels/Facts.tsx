import { shownName } from '../state/shownName';

interface Props {
  readonly facts: readonly (readonly [string, string])[];
}

/** Short labelled values in two columns. */
export function Facts({ facts }: Props) {
  return (
    <dl className="grid grid-cols-2 gap-x-4 gap-y-1 text-xs">
      {facts.map(([label, value]) => (
        <div key={label} className="flex min-w-0 items-baseline justify-between gap-2 border-b border-line pb-0.5">
          <dt className="min-w-0 text-ink-3">{label}</dt>
          <dd className="max-w-2/3 shrink-0 text-right font-medium [overflow-wrap:anywhere]">{shownName(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
