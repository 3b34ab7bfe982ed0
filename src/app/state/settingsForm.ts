import type { Setting } from '../../shared/setting';
import { settingsOf, settingsTable, type PresetName, type SettingKey, type Settings } from '../../shared/settings';

const usual = {
  seed: [0, 1, 2, 7, 42, 2020],
  epochs: [1, 2, 3, 5, 8, 10, 15, 20, 30, 50],
  batchSize: [4, 8, 16, 32, 64, 128],
} as const;

/** The values a select offers: the usual ones, the preset's and the one that is set. */
export function usualValues(key: keyof typeof usual, current: number): readonly number[] {
  const values = new Set<number>([...usual[key], settingsTable[key].default, current]);
  return [...values].sort((a, b) => a - b);
}

export const groupTitles: Readonly<Record<Setting['group'], string>> = {
  run: 'Run',
  objective: 'Objective',
  pseudoLabels: 'Pseudo-labels',
  pairs: 'Pairs',
  batchNorm: 'Batch norm',
  optimizer: 'Optimizer',
  safety: 'Safety',
};

export interface SettingRow {
  readonly key: SettingKey;
  readonly setting: Setting;
}

const exactLabels: Readonly<Partial<Record<SettingKey, string>>> = {
  seed: 'Exact seed',
  epochs: 'Exact number of epochs',
  batchSize: 'Exact batch size',
};

/** The table of settings by group, in table order. */
export function settingGroups(): readonly { readonly group: Setting['group']; readonly rows: readonly SettingRow[] }[] {
  const keys = Object.keys(settingsTable) as SettingKey[];
  const groups = Object.keys(groupTitles) as Setting['group'][];
  return groups.map((group) => ({
    group,
    rows: keys
      .filter((key) => settingsTable[key].group === group)
      .map((key) => ({
        key,
        setting: { ...settingsTable[key], label: exactLabels[key] ?? settingsTable[key].label },
      })),
  }));
}

/** The keys whose value is not the preset's. */
export function changedSettings(preset: PresetName, settings: Settings): readonly SettingKey[] {
  const stated = settingsOf(preset);
  return (Object.keys(settings) as SettingKey[]).filter((key) => settings[key] !== stated[key]);
}
