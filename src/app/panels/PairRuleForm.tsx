import { useId } from 'react';
import type { Failure } from '../../shared/failure';
import type { PairRule, PairSummary } from '../../shared/pairs';
import { visibleText } from '../../shared/visibleText';
import { Button } from '../components/Button';
import { classes } from '../components/classes';
import { Segmented } from '../components/Segmented';
import { ruleHelp, ruleOfDraft, ruleTitles, type RuleDraft } from '../state/pairRules';
import { shownName } from '../state/shownName';
import { count, plural } from '../state/units';
import { useLiveAnswer } from '../state/useLiveAnswer';
import { useActions } from '../state/useStudio';

interface Props {
  readonly draft: RuleDraft;
  readonly onDraft: (draft: RuleDraft) => void;
  /** The rule that is in force; null where it gave no pair. */
  readonly current: PairRule | null;
  /** Whether the folders came from a dataset that names partners. */
  readonly fromDataset: boolean;
  readonly locked: boolean;
  /** The folders, as text. */
  readonly prints: string;
}

/** How partners are found: another rule is tried while it is written, and applied on a click. */
export function PairRuleForm({ draft, onDraft, current, fromDataset, locked, prints }: Props) {
  const { setPairRule } = useActions();
  const rule = ruleOfDraft(draft);
  const key = JSON.stringify(rule);
  const tried = useLiveAnswer('pairs/try', { rule }, `${prints} ${key}`);
  const isStale = tried.args !== null && JSON.stringify(tried.args.rule) !== key;
  const isAtField = draft.kind === 'pattern' && sideOf(tried.failure) !== null;
  const kinds = (['stem', 'index', 'pattern', ...(fromDataset ? (['dataset'] as const) : [])] as const).map(
    (value) => ({
      value,
      label: ruleTitles[value],
    }),
  );
  const isCurrent = JSON.stringify(current) === key;
  return (
    <div className="space-y-2.5 text-xs text-ink-2">
      <div className="overflow-x-auto">
        <Segmented
          label="How pairs are found"
          value={draft.kind}
          options={kinds}
          onChange={(kind) => {
            onDraft({ ...draft, kind });
          }}
        />
      </div>
      <p className="text-ink-3">{ruleHelp[draft.kind]}</p>
      {draft.kind === 'pattern' && <PatternFields draft={draft} onDraft={onDraft} failure={tried.failure} />}
      <div aria-live="polite" className={classes('transition-opacity', isStale && 'opacity-60')}>
        {tried.failure !== null && !isAtField && (
          <p className="text-danger">
            {visibleText(tried.failure.message)} {visibleText(tried.failure.remedy)}
          </p>
        )}
        {tried.value !== null && <TriedPairs tried={tried.value} />}
      </div>
      <Button
        size="small"
        disabled={locked || isStale || isCurrent || tried.value === null || tried.value.matched === 0}
        onClick={() => void setPairRule(rule)}
      >
        {isCurrent ? 'In force' : 'Apply'}
      </Button>
    </div>
  );
}

/** The side whose expression a failure speaks of; null where it is none of the two. */
function sideOf(failure: Failure | null): 'rgb' | 'target' | null {
  if (failure?.code !== 'bad-setting') return null;
  if (failure.message.startsWith('The expression for RGB images')) return 'rgb';
  return failure.message.startsWith('The expression for target images') ? 'target' : null;
}

/** One expression for each side; what is wrong with one is said below it. */
function PatternFields({ draft, onDraft, failure }: Pick<Props, 'draft' | 'onDraft'> & { failure: Failure | null }) {
  const side = sideOf(failure);
  return (
    <div className="grid grid-cols-1 gap-2 sm:grid-cols-2">
      <PatternField
        label="Pattern for RGB paths"
        value={draft.rgb}
        failure={side === 'rgb' ? failure : null}
        onChange={(rgb) => {
          onDraft({ ...draft, rgb });
        }}
      />
      <PatternField
        label="Pattern for target paths"
        value={draft.target}
        failure={side === 'target' ? failure : null}
        onChange={(target) => {
          onDraft({ ...draft, target });
        }}
      />
    </div>
  );
}

interface PatternProps {
  readonly label: string;
  readonly value: string;
  readonly failure: Failure | null;
  readonly onChange: (text: string) => void;
}

function PatternField({ label, value, failure, onChange }: PatternProps) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
      </label>
      <input
        id={id}
        type="text"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        className={classes(
          'h-9 w-full min-w-0 rounded-md border bg-surface px-2.5 font-mono text-xs text-ink',
          failure === null ? 'border-line-strong' : 'border-danger',
        )}
        value={value}
        aria-invalid={failure !== null}
        aria-describedby={failure === null ? undefined : `${id}-failure`}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
      {failure !== null && (
        <p id={`${id}-failure`} role="alert" className="mt-1 wrap-anywhere text-danger">
          {visibleText(failure.message)} {visibleText(failure.remedy)}
        </p>
      )}
    </div>
  );
}

/** What a rule would give. */
function TriedPairs({ tried }: { tried: PairSummary }) {
  const left = [
    tried.unmatchedRgbCount > 0 ? `${count(tried.unmatchedRgbCount)} RGB` : '',
    tried.unmatchedTargetCount > 0 ? `${count(tried.unmatchedTargetCount)} target` : '',
  ].filter(Boolean);
  return (
    <div className="space-y-1">
      <p>
        Would give <span className="font-semibold text-ink">{plural(tried.matched, 'pair')}</span>
        {left.length > 0 && ` · without partner: ${left.join(', ')}`}
        {tried.ambiguousCount > 0 && ` · ${plural(tried.ambiguousCount, 'name')} of several files left out`}
      </p>
      {tried.examples.length > 0 && (
        <table className="w-full table-fixed text-left text-2xs">
          <caption className="sr-only">Examples of pairs</caption>
          <thead>
            <tr className="text-ink-3">
              <th scope="col" className="font-medium text-rgb">
                RGB
              </th>
              <th scope="col" className="font-medium text-target">
                target
              </th>
            </tr>
          </thead>
          <tbody className="font-mono">
            {tried.examples.slice(0, 5).map(({ rgb, target }) => (
              <tr key={`${rgb}\n${target}`}>
                <td className="truncate pr-2" title={visibleText(rgb)}>
                  {shownName(rgb)}
                </td>
                <td className="truncate" title={visibleText(target)}>
                  {shownName(target)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
