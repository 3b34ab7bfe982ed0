import { useId, useState, type ReactNode } from 'react';
import type { Failure } from '../../shared/failure';
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

interface CheckProps extends Pick<FieldProps, 'label' | 'help' | 'disabled' | 'className'> {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Yes or no, its label beside it. */
export function CheckField({ label, help, checked, disabled, className, onChange }: CheckProps) {
  const id = useId();
  return (
    <div className={classes('flex items-start gap-2 text-xs', className)}>
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-3.5 shrink-0"
        checked={checked}
        disabled={disabled}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium text-ink-2">
          {label}
        </label>
        {help !== undefined && (
          <p id={`${id}-help`} className="text-ink-3">
            {help}
          </p>
        )}
      </div>
    </div>
  );
}

interface TextProps extends FieldProps {
  readonly value: string;
  /** Takes what was typed; a refusal is shown at the field, which keeps its value. */
  readonly onCommit: (text: string) => Failure | null;
  readonly unit?: string;
}

/**
 * A number as text: what was typed is handed over on Enter or when the field is left. Refused text stays only while
 * the field has the focus; Escape or leaving the field brings back the value that counts.
 */
export function NumberField({ value, onCommit, unit, ...field }: TextProps) {
  const id = useId();
  const [refusal, setRefusal] = useState<{ readonly failure: Failure; readonly value: string } | null>(null);
  const refused = refusal !== null && refusal.value === value;
  const commit = (text: string): boolean => {
    const failure = text === value ? null : onCommit(text);
    setRefusal(failure === null ? null : { failure, value });
    return failure === null;
  };
  const described = [field.help === undefined ? '' : `${id}-help`, refused ? `${id}-refusal` : ''].filter(Boolean);
  return (
    <Field {...field} id={id}>
      <div className="relative">
        <input
          key={value}
          id={id}
          type="text"
          inputMode="decimal"
          className={classes(control, refused && 'border-danger')}
          defaultValue={value}
          disabled={field.disabled}
          aria-invalid={refused}
          aria-describedby={described.length === 0 ? undefined : described.join(' ')}
          onBlur={(event) => {
            // An unchanged text says nothing new: a refusal that is shown stays until the next try.
            if (event.target.value !== value) commit(event.target.value);
            event.target.value = value;
          }}
          onKeyDown={(event) => {
            const input = event.currentTarget;
            if (event.key === 'Enter' && commit(input.value)) {
              input.value = value; // already handed over: leaving the field must not do it again
              input.blur();
            }
            if (event.key === 'Escape') {
              input.value = value;
              setRefusal(null);
            }
          }}
        />
        {unit !== undefined && unit !== '' && (
          <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-xs text-ink-3">
            {unit}
          </span>
        )}
      </div>
      {refused && (
        <p id={`${id}-refusal`} role="alert" className="mt-1 text-xs wrap-anywhere text-danger">
          {refusal.failure.message} {refusal.failure.remedy} It stays {value}.
        </p>
      )}
    </Field>
  );
}
