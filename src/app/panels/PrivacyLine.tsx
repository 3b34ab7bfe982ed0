import { ShieldCheck } from 'lucide-react';
import { useEffect, useState } from 'react';

const isForeign = (entry: PerformanceEntry): boolean => {
  if (!/^https?:/.test(entry.name)) return false;
  return new URL(entry.name).origin !== location.origin;
};

/** Requests of this page to other hosts since it loaded, as the browser itself counts them. */
function useForeignRequests(): number {
  const [requests, setRequests] = useState(0);
  useEffect(() => {
    const observer = new PerformanceObserver((list) => {
      const foreign = list.getEntries().filter(isForeign).length;
      if (foreign > 0) setRequests((before) => before + foreign);
    });
    observer.observe({ type: 'resource', buffered: true });
    return () => {
      observer.disconnect();
    };
  }, []);
  return requests;
}

interface Props {
  readonly short?: boolean;
}

export function PrivacyLine({ short = false }: Props) {
  const requests = useForeignRequests();
  return (
    <p className="flex items-start gap-2 text-sm text-ink-2">
      <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
      {short ? (
        <span className="text-xs leading-5">Local only · {requests} requests to others</span>
      ) : (
        <span>
          <span className="font-medium text-ink">Local only.</span> Your files never leave this computer. Requests to
          other hosts since this page loaded: {requests}.
        </span>
      )}
    </p>
  );
}
