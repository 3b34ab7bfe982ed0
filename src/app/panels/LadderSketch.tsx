const rungs = [
  [190, 62],
  [232, 84],
  [168, 50],
  [254, 120],
  [96, 128],
  [206, 72],
  [124, 46],
] as const;

/** A sketch of what the studio shows: at every layer the gap to the source statistics, before and after. */
export function LadderSketch() {
  return (
    <figure className="hidden rounded-lg border border-line bg-surface p-6 lg:block">
      <svg aria-hidden viewBox="0 0 300 214" className="w-full">
        {rungs.map(([before, now], at) => {
          const y = 16 + at * 28;
          return (
            <g key={y}>
              <line x1="8" x2="292" y1={y} y2={y} stroke="var(--line)" />
              <line x1="30" x2="30" y1={y - 8} y2={y + 8} stroke="var(--line-strong)" strokeWidth="2" />
              <line x1={now} x2={before} y1={y} y2={y} stroke="var(--accent)" strokeWidth="1.5" />
              <circle cx={before} cy={y} r="5" fill="var(--surface)" stroke="var(--before)" strokeWidth="1.8" />
              <circle cx={now} cy={y} r="5.5" fill="var(--accent)" />
            </g>
          );
        })}
        <g fontSize="11" fill="var(--ink-3)">
          <text x="20" y="211">
            noise floor
          </text>
          <text x="112" y="211" fill="var(--accent)">
            ● adapted
          </text>
          <text x="206" y="211">
            ○ source model
          </text>
        </g>
      </svg>
      <figcaption className="mt-4 border-t border-line pt-3 text-sm text-ink-2">
        <span className="font-medium text-ink">Sketch, not measured.</span> Every batch-norm layer remembers what colour
        photos looked like. The studio shows how far a new sensor is from that, layer by layer, before and after.
      </figcaption>
    </figure>
  );
}
