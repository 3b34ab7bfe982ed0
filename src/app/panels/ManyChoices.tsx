import { useId, useState } from 'react';
import type { DatasetQuestion } from '../../shared/datasets';
import { visibleText } from '../../shared/visibleText';
import { Button } from '../components/Button';
import { shownName } from '../state/shownName';
import { count } from '../state/units';

interface Props {
  readonly question: DatasetQuestion;
  readonly disabled: boolean;
  readonly onChoose: (chosen: readonly string[]) => void;
}

/** From how many options on a search helps. */
const manyOptions = 12;

/** Any number of options; with many of them a search, and all or none of what it finds at once. */
export function ManyChoices({ question, disabled, onChoose }: Props) {
  const id = useId();
  const [search, setSearch] = useState('');
  const { options, label, help } = question;
  const chosen = new Set(question.chosen);
  const wanted = search.trim().toLowerCase();
  const found = options.filter((option) => option.label.toLowerCase().includes(wanted));
  /** In the order of the options, whatever the order of the clicks. */
  const choose = (change: (value: string) => boolean | undefined): void => {
    onChoose(options.map(({ value }) => value).filter((value) => change(value) ?? chosen.has(value)));
  };
  const isFound = new Set(found.map(({ value }) => value));
  const setFound = (on: boolean): void => {
    choose((value) => (isFound.has(value) ? on : undefined));
  };
  return (
    <fieldset className="min-w-0" disabled={disabled} aria-describedby={help === '' ? undefined : `${id}-help`}>
      <legend className="mb-1 text-xs font-medium text-ink-2">
        {label}{' '}
        <span className="font-normal text-ink-3">
          ({count(chosen.size)} of {count(options.length)})
        </span>
      </legend>
      <div className="mb-1 flex flex-wrap items-center gap-1">
        {options.length > manyOptions && <SearchField label={label} value={search} onChange={setSearch} />}
        <Button
          size="small"
          tone="quiet"
          onClick={() => {
            setFound(true);
          }}
        >
          All
        </Button>
        <Button
          size="small"
          tone="quiet"
          onClick={() => {
            setFound(false);
          }}
        >
          None
        </Button>
      </div>
      <OptionList
        label={label}
        options={found}
        chosen={chosen}
        onSet={(wantedValue, on) => {
          choose((value) => (value === wantedValue ? on : undefined));
        }}
      />
      {help !== '' && (
        <p id={`${id}-help`} className="mt-1 text-xs text-ink-3">
          {help}
        </p>
      )}
    </fieldset>
  );
}

interface ListProps {
  readonly label: string;
  readonly options: DatasetQuestion['options'];
  readonly chosen: ReadonlySet<string>;
  readonly onSet: (value: string, on: boolean) => void;
}

function OptionList({ label, options, chosen, onSet }: ListProps) {
  return (
    <ul
      className="relative max-h-[calc(8*1.375rem+0.375rem+1px)] overflow-auto rounded-md border border-line bg-surface p-1.5"
      tabIndex={0}
      aria-label={label}
    >
      {options.map(({ value, label: name }) => (
        <li key={value}>
          <label className="flex items-center gap-2 rounded-sm px-1 py-0.5 hover:bg-sunken">
            <input
              type="checkbox"
              className="size-3.5 shrink-0"
              checked={chosen.has(value)}
              onChange={(event) => {
                onSet(value, event.target.checked);
              }}
            />
            <span className="truncate" title={visibleText(name)}>
              {shownName(name)}
            </span>
          </label>
        </li>
      ))}
      {options.length === 0 && <li className="px-1 text-ink-3">Nothing is called so.</li>}
    </ul>
  );
}

function SearchField({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  return (
    <input
      type="search"
      aria-label={`Search: ${label}`}
      placeholder="Search"
      className="h-7 min-w-0 flex-1 rounded-md border border-line-strong bg-surface px-2 text-xs text-ink"
      value={value}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    />
  );
}
