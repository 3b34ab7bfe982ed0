/** One row of the settings table: the form, the validation, the saved file and the documentation derive from it. */
type NumberSetting = {
  readonly kind: 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whole numbers only. */
  readonly integer: boolean;
  readonly unit: string;
};
type ChoiceSetting<Choice extends string = string> = {
  readonly kind: 'choice';
  readonly default: Choice;
  /** Value -> what it means. */
  readonly choices: Readonly<Record<Choice, string>>;
};
type SettingKind = NumberSetting | ChoiceSetting;
export type Setting = SettingKind & {
  readonly group: 'run' | 'objective' | 'pseudoLabels' | 'pairs' | 'batchNorm' | 'optimizer' | 'safety';
  readonly label: string;
  readonly help: string;
  /** Symbol or name in the paper and its code. */
  readonly symbol?: string;
};

/** A row whose value is a number. */
export const number = (
  label: string,
  help: string,
  group: Setting['group'],
  value: number,
  min: number,
  max: number,
  extra: { integer?: boolean; unit?: string; symbol?: string } = {},
) =>
  ({
    kind: 'number',
    label,
    help,
    group,
    default: value,
    min,
    max,
    integer: extra.integer ?? false,
    unit: extra.unit ?? '',
    ...(extra.symbol === undefined ? {} : { symbol: extra.symbol }),
  }) as const;

/** A row whose value is one of named choices. */
export const choice = <Choice extends string>(
  label: string,
  help: string,
  group: Setting['group'],
  value: NoInfer<Choice>,
  choices: Record<Choice, string>,
  symbol?: string,
) =>
  ({
    kind: 'choice',
    label,
    help,
    group,
    default: value,
    choices,
    ...(symbol === undefined ? {} : { symbol }),
  }) as const;

/** The value that a text stands for, or null when the setting does not take it. */
export function valueFromText(setting: Setting, text: string): number | string | null {
  if (setting.kind === 'choice') return Object.hasOwn(setting.choices, text) ? text : null;
  const value = text.trim() === '' ? NaN : Number(text);
  const fits = value >= setting.min && value <= setting.max && (!setting.integer || Number.isInteger(value));
  return fits ? value : null;
}

/** What a setting takes, to follow the word "Give". */
export function expectationOf(setting: Setting): string {
  if (setting.kind === 'choice') return `one of ${Object.keys(setting.choices).join(', ')}`;
  return `a ${setting.integer ? 'whole ' : ''}number from ${String(setting.min)} to ${String(setting.max)}`;
}
