import { useShallow } from 'zustand/react/shallow';
import { presets, settingsTable, type PresetName } from '../../shared/settings';
import { Disclosure } from '../components/Disclosure';
import { FailureNotice } from '../components/FailureNotice';
import { SelectField } from '../components/Fields';
import { isActive } from '../state/run';
import { durationLine } from '../state/setup';
import { usualValues } from '../state/settingsForm';
import { count, plural } from '../state/units';
import { useActions, useStudio } from '../state/useStudio';
import { AdvancedSettings } from './AdvancedSettings';
import { EngineChoice } from './EngineChoice';
import { StageHeading } from './StageHeading';

const presetNames = Object.keys(presets) as PresetName[];

/** Stage 3: which method, how long, on which engine. */
export function MethodPanel() {
  const { preset, settings, plan, failure } = useStudio(
    useShallow(({ preset, settings, plan, failures }) => ({ preset, settings, plan, failure: failures.method })),
  );
  const time = useStudio(durationLine);
  const locked = useStudio((state) => isActive(state.run));
  const { setPreset, changeSettings } = useActions();
  const kind = presets[preset].kind;
  const numberSelect = (key: 'seed' | 'epochs' | 'batchSize') => (
    <SelectField
      label={settingsTable[key].label}
      value={String(settings[key])}
      options={usualValues(key, settings[key]).map((value) => ({ value: String(value), label: String(value) }))}
      disabled={locked || (key === 'epochs' && kind !== 'train')}
      onChange={(value) => void changeSettings({ [key]: Number(value) })}
    />
  );
  return (
    <section className="min-w-0">
      <StageHeading id="stage-method" number={3}>
        Method
      </StageHeading>
      <div className="space-y-3 rounded-md border border-line bg-surface p-3">
        <SelectField
          label="Preset"
          value={preset}
          options={presetNames.map((name) => ({ value: name, label: presets[name].label }))}
          help={presets[preset].help}
          disabled={locked}
          onChange={(value) => {
            const chosen = presetNames.find((name) => name === value);
            if (chosen !== undefined) void setPreset(chosen);
          }}
        />
        <div className="grid grid-cols-3 gap-2">
          {numberSelect('epochs')}
          {numberSelect('batchSize')}
          {numberSelect('seed')}
        </div>
        {plan !== null && (
          <p className="rounded-md bg-sunken px-2.5 py-1.5 text-xs text-ink-2">
            <span className="font-medium text-ink">{plural(plan.steps, 'step')}</span>
            {plan.stepsPerEpoch > 0 && ` (${count(plan.stepsPerEpoch)} an epoch)`} ·{' '}
            {plural(plan.targetImages, 'target image')} · {plural(plan.pairs, 'pair')} ·{' '}
            {plan.labelled ? 'accuracy is measured' : 'no labels, so no accuracy'}
            {plan.steps > 0 && ` · ${time}`}
          </p>
        )}
        {failure !== undefined && failure.code !== 'no-pairs' && <FailureNotice failure={failure} />}
        <EngineChoice locked={locked} />
        <Disclosure summary="All settings">
          <div className="relative max-h-[36rem] overflow-y-auto px-1">
            <AdvancedSettings locked={locked} />
          </div>
        </Disclosure>
      </div>
    </section>
  );
}
