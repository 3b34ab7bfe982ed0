import { Cpu } from 'lucide-react';
import { engineSentence } from '../state/engineSentence';
import { useStudio } from '../state/useStudio';

/** Which engine runs and why, in one line. */
export function EngineLine() {
  const engine = useStudio((state) => state.engine);
  return (
    <p className="flex items-start gap-2 text-sm text-ink-2">
      <Cpu aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3" />
      {engine.kind === 'starting' && <span>Looking for the fastest engine on this device …</span>}
      {engine.kind === 'failed' && <span>{engine.failure.message}</span>}
      {engine.kind === 'ready' && <span>{engineSentence(engine.summary)}</span>}
    </p>
  );
}
