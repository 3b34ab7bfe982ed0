import { useId, type ReactNode } from 'react';
import { classes } from './classes';

const control =
  'h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2.5 text-sm text-ink disabled:border-line disabled:bg-sunken disabled:text-ink-3';

interface FieldProps {
  readonly label: string;
  readonly help?: string | undefined;
  readonly disabled?: boolean;
  /** Small mark behind the label, for example that the value differs from the preset. */
  readonly mark?: ReactNode;
  readonly className?: string;
}

function Field({ label, help, mark, className, id, children }: FieldProps & { id: string; children: ReactNode }) {
  return (
    <div className={classes('min-w-0', className)}>
      <div className="mb-1 flex items-baseline justify-between gap-2">
        <label htmlFor={id} className="text-xs font-medium text-ink-2">
          {label}
        </label>
        {mark}
      </div>
      {children}
      {help !== undefined && (
        <p id={`${id}-help`} className="mt-1 text-xs text-ink-3">
          {help}
        </p>
      )}
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface SelectProps extends FieldProps {
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
}

export function SelectField({ value, options, onChange, ...field }: SelectProps) {
  const id = useId();
  return (
    <Field {...field} id={id}>
      <select
        id={id}
        className={control}
        value={value}
        disabled={field.disabled}
        aria-describedby={field.help === undefined ? undefined : `${id}-help`}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface TextProps extends FieldProps {
  readonly value: string;
  readonly onCommit: (value: string) => void;
  readonly unit?: string;
}

/** A number as text: what was typed is handed over on Enter or when the field is left. */
export function NumberField({ value, onCommit, unit, ...field }: TextProps) {
  const id = useId();
  return (
    <Field {...field} id={id}>
      <div className="relative">
        <input
          key={value}
          id={id}
          type="text"
          inputMode="decimal"
          className={control}
          defaultValue={value}
          disabled={field.disabled}
          aria-describedby={field.help === undefined ? undefined : `${id}-help`}
          onBlur={(event) => {
            if (event.target.value !== value) onCommit(event.target.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur();
          }}
        />
        {unit !== undefined && unit !== '' && (
          <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-ink-3">
            {unit}
          </span>
        )}
      </div>
    </Field>
  );
}
