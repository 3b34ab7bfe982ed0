/** Name and mark of the studio. */
export function Brand() {
  return (
    <span className="flex items-center gap-2 text-sm font-semibold tracking-tight whitespace-nowrap">
      <svg aria-hidden viewBox="0 0 20 20" className="size-5 shrink-0">
        <rect width="20" height="20" rx="4.5" fill="var(--accent)" />
        <g stroke="var(--accent-ink)" strokeWidth="1.5" strokeLinecap="round" opacity="0.6">
          <path d="M6 5.5h7M6 10h4M6 14.5h9" />
        </g>
        <g fill="var(--accent-ink)">
          <circle cx="5.5" cy="5.5" r="1.9" />
          <circle cx="5.5" cy="10" r="1.9" />
          <circle cx="5.5" cy="14.5" r="1.9" />
        </g>
      </svg>
      SOCKET Studio
    </span>
  );
}
