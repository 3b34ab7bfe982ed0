export interface TooltipLine {
  readonly label: string;
  readonly value: string;
  readonly color: string;
}

interface Props {
  readonly title: string;
  readonly lines: readonly TooltipLine[];
}

/** The readings under the pointer. */
export function ChartTooltip({ title, lines }: Props) {
  return (
    <div className="rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-md">
      <p className="mb-0.5 font-medium text-ink-2">{title}</p>
      {lines.map((line) => (
        <p key={line.label} className="flex items-center gap-2">
          <span aria-hidden className="h-0.5 w-3" style={{ background: line.color }} />
          <span className="text-ink-2">{line.label}</span>
          <span className="ml-auto pl-3 font-medium">{line.value}</span>
        </p>
      ))}
    </div>
  );
}
