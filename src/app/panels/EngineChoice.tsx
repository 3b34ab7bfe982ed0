import type { KernelChoice } from '../../shared/gpuKernels';
import type { BackendChoice } from '../../shared/protocol';
import { FailureNotice } from '../components/FailureNotice';
import { SelectField } from '../components/Fields';
import { Button } from '../components/Button';
import { Message } from '../components/Message';
import { engineSentence } from '../state/engineSentence';
import { useActions, useStudio } from '../state/useStudio';

const choices: readonly { value: BackendChoice; label: string }[] = [
  { value: 'auto', label: 'Fastest on this device' },
  { value: 'webgpu', label: 'WebGPU' },
  { value: 'wasm', label: 'WebAssembly (processor)' },
];

const kernelChoices: readonly { value: KernelChoice; label: string }[] = [
  { value: 'own', label: "The studio's" },
  { value: 'stock', label: 'TensorFlow.js (to compare with)' },
];

/** Which engine computes, with the engine's own reason. */
export function EngineChoice({ locked }: { locked: boolean }) {
  const engine = useStudio((state) => state.engine);
  const notices = useStudio((state) => state.engineNotices);
  const failure = useStudio((state) => state.failures.engine);
  const { selectEngine, dismissFailure, dismissEngineNotice } = useActions();
  if (engine.kind === 'failed') return <FailureNotice failure={engine.failure} />;
  const summary = engine.kind === 'ready' ? engine.summary : null;
  return (
    <div className="space-y-2">
      <SelectField
        label="Engine"
        value={summary?.choice ?? 'auto'}
        options={choices}
        disabled={locked || summary === null}
        help={summary === null ? 'Looking for the fastest engine on this device …' : engineSentence(summary)}
        onChange={(value) => {
          const chosen = choices.find((option) => option.value === value);
          if (chosen !== undefined) void selectEngine(chosen.value);
        }}
      />
      {summary?.kernels && (
        <SelectField
          label="GPU kernels"
          value={summary.kernels.origin}
          options={kernelChoices}
          disabled={locked}
          help="Both compute the same; those of TensorFlow.js take many times as long to train."
          onChange={(value) => {
            const chosen = kernelChoices.find((option) => option.value === value);
            if (chosen !== undefined) void selectEngine(summary.choice, chosen.value);
          }}
        />
      )}
      {notices.map((notice) => (
        <Message key={notice.message} level={notice.level}>
          {notice.message}
          <div className="mt-1">
            <Button
              size="small"
              tone="quiet"
              onClick={() => {
                dismissEngineNotice(notice.message);
              }}
            >
              Dismiss
            </Button>
          </div>
        </Message>
      ))}
      {failure !== undefined && (
        <FailureNotice
          failure={failure}
          onDismiss={() => {
            dismissFailure('engine');
          }}
        />
      )}
    </div>
  );
}
