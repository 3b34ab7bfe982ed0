import { CircleCheck } from 'lucide-react';
import type { PairCheck } from '../../shared/pairs';
import { visibleText } from '../../shared/visibleText';
import { Disclosure } from '../components/Disclosure';
import { FailureNotice } from '../components/FailureNotice';
import { Message } from '../components/Message';
import { shownName } from '../state/shownName';
import { count, hundredths, plural } from '../state/units';
import { useEngineAnswer } from '../state/useEngineAnswer';

interface Props {
  /** Everything that the check depends on, as text; null while it cannot be asked for. */
  readonly prints: string | null;
  /** Shows a pair. */
  readonly onShow: (index: number) => void;
}

/** Whether the two pictures of a pair show the same scene, measured on a sample. */
export function PairCheckReport({ prints, onShow }: Props) {
  const { value: check, failure } = useEngineAnswer('pairs/check', {}, prints);
  if (failure !== null) return <FailureNotice failure={failure} />;
  if (check === null) return <p className="text-xs text-ink-3">Comparing the edges of the pairs …</p>;
  const isAligned = check.verdict === 'aligned';
  const remarks = remarksOf(check);
  return (
    <div className="space-y-2">
      {isAligned ? (
        <p className="flex gap-1.5 text-xs text-ink-2">
          <CircleCheck aria-hidden className="mt-px size-3.5 shrink-0 text-accent" />
          <span>{verdictOf(check)}</span>
        </p>
      ) : (
        <Message level="warning">
          <p>{verdictOf(check)}</p>
          <WorstPairs check={check} onShow={onShow} />
        </Message>
      )}
      {remarks.length > 0 && (
        <Message level="warning">
          {remarks.map((remark) => (
            <p key={remark}>{visibleText(remark)}</p>
          ))}
        </Message>
      )}
      {isAligned && check.worst.length > 0 && (
        <Disclosure summary="The least alike pairs">
          <WorstPairs check={check} onShow={onShow} />
        </Disclosure>
      )}
    </div>
  );
}

/** The figures first, then what they mean and what to do. */
function verdictOf({ correlation, shuffled, sampled, verdict }: PairCheck): string {
  const figures = `Edges agree ${hundredths(correlation)} (chance ${hundredths(shuffled)}, ${plural(sampled, 'pair')} compared)`;
  if (verdict === 'aligned') return `${figures}: aligned.`;
  if (verdict === 'same') return `${figures}: both sides show the same pictures, which teach the network nothing.`;
  if (verdict === 'unclear')
    return `${figures}: hard to tell whether the pairs show the same scenes. Look at some of them.`;
  return `${figures}: the pairs do not seem to show the same scenes. Look at the least alike, and pair by another rule.`;
}

const mostNamed = 3;
const worstShown = 6;

function remarksOf({ differentShapes, duplicates, sampled }: PairCheck): readonly string[] {
  const remarks: string[] = [];
  if (differentShapes > 0) {
    remarks.push(
      `In ${count(differentShapes)} of ${count(sampled)} compared pairs the pictures differ in shape (width to height): they cannot cover the same view.`,
    );
  }
  for (const { paths } of duplicates.slice(0, mostNamed)) {
    remarks.push(`The same picture stands in several pairs: ${paths.slice(0, mostNamed).map(shownName).join(', ')}.`);
  }
  if (duplicates.length > mostNamed) remarks.push(`${count(duplicates.length - mostNamed)} other pictures do so too.`);
  return remarks;
}

/** Pairs by likeness, worst first; each opens in the view. */
function WorstPairs({ check, onShow }: { check: PairCheck; onShow: (index: number) => void }) {
  return (
    <ul aria-label="Least alike pairs" className="mt-1 space-y-0.5">
      {check.worst.slice(0, worstShown).map(({ index, rgb, target, correlation }) => (
        <li key={index} className="flex items-baseline gap-2">
          <button
            type="button"
            className="min-w-0 truncate rounded-sm text-left font-mono text-2xs text-ink underline decoration-line-strong underline-offset-2 hover:decoration-ink"
            title={visibleText(`${rgb} with ${target}`)}
            onClick={() => {
              onShow(index);
            }}
          >
            {shownName(rgb)} with {shownName(target)}
          </button>
          <span className="ml-auto shrink-0 text-ink-2 tabular-nums">{hundredths(correlation)}</span>
        </li>
      ))}
    </ul>
  );
}
