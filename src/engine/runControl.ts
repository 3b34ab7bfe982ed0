/** The person's hand on a run: acts between two steps. */
export interface RunControl {
  /** Aborted when the run is to end early. */
  readonly signal: AbortSignal;
  pause(): void;
  resume(): void;
  stop(): void;
  /** Resolves at once, or when a paused run goes on or is stopped. Tells when it waits and when it goes on. */
  gate(waiting: { readonly onPause: () => void; readonly onResume: () => void }): Promise<void>;
}

export function createRunControl(): RunControl {
  const abort = new AbortController();
  let paused = false;
  let open: (() => void) | null = null;
  const release = (): void => {
    paused = false;
    open?.();
    open = null;
  };
  return {
    signal: abort.signal,
    pause() {
      paused = !abort.signal.aborted;
    },
    resume: release,
    stop() {
      abort.abort();
      release();
    },
    async gate({ onPause, onResume }) {
      if (!paused) return;
      onPause();
      await new Promise<void>((resolve) => (open = resolve));
      if (!abort.signal.aborted) onResume();
    },
  };
}
