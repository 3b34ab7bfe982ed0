import { useShallow } from 'zustand/react/shallow';
import type { Failure } from '../../shared/failure';
import { toFailure } from '../../shared/failure';
import { parseSetting, settingsOf, type SettingKey } from '../../shared/settings';
import { Button } from '../components/Button';
import { Disclosure } from '../components/Disclosure';
import { NumberField, SelectField } from '../components/Fields';
import { changedSettings, groupTitles, settingGroups, type SettingRow } from '../state/settingsForm';
import { useActions, useStudio } from '../state/useStudio';

const groups = settingGroups();

/** Every setting of the table, by group; what differs from the preset is marked. */
export function AdvancedSettings({ locked }: { locked: boolean }) {
  const { preset, settings } = useStudio(useShallow(({ preset, settings }) => ({ preset, settings })));
  const { changeSettings } = useActions();
  const changed = changedSettings(preset, settings);
  const change = (key: SettingKey, text: string): Failure | null => {
    try {
      void changeSettings(parseSetting(key, text));
      return null;
    } catch (thrown) {
      return toFailure(thrown);
    }
  };
  return (
    <div className="space-y-1">
      {groups.map(({ group, rows }) => {
        const marks = rows.filter((row) => changed.includes(row.key)).length;
        return (
          <Disclosure key={group} summary={`${groupTitles[group]}${marks > 0 ? ` · ${String(marks)} changed` : ''}`}>
            <div className="space-y-3 border-l border-line pl-3">
              {rows.map((row) => (
                <SettingField
                  key={row.key}
                  row={row}
                  value={String(settings[row.key])}
                  changed={changed.includes(row.key)}
                  locked={locked}
                  onChange={change}
                />
              ))}
            </div>
          </Disclosure>
        );
      })}
      {changed.length > 0 && (
        <Button size="small" disabled={locked} onClick={() => void changeSettings(settingsOf(preset))}>
          Back to the preset ({changed.length} changed)
        </Button>
      )}
    </div>
  );
}

interface FieldProps {
  readonly row: SettingRow;
  readonly value: string;
  readonly changed: boolean;
  readonly locked: boolean;
  /** Null, or why the text is no value of this setting. */
  readonly onChange: (key: SettingKey, text: string) => Failure | null;
}

function SettingField({ row: { key, setting }, value, changed, locked, onChange }: FieldProps) {
  const mark = (
    <span className="flex items-center gap-1.5 text-2xs">
      {setting.symbol !== undefined && <span className="font-mono text-ink-3">{setting.symbol}</span>}
      {changed && <span className="rounded-sm bg-accent-soft px-1 font-medium text-accent">changed</span>}
    </span>
  );
  const common = { label: setting.label, help: setting.help, disabled: locked, mark };
  if (setting.kind === 'number') {
    return <NumberField {...common} value={value} unit={setting.unit} onCommit={(text) => onChange(key, text)} />;
  }
  return (
    <SelectField
      {...common}
      value={value}
      options={Object.entries(setting.choices).map(([choice, meaning]) => ({ value: choice, label: meaning }))}
      onChange={(text) => {
        onChange(key, text);
      }}
    />
  );
}
