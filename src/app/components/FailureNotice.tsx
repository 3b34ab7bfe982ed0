import { Check, Copy } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import type { Failure } from '../../shared/failure';
import { Button } from './Button';
import { classes } from './classes';
import { Disclosure } from './Disclosure';
import { Message } from './Message';
import { visibleText } from '../../shared/visibleText';

interface Props {
  readonly failure: Failure;
  readonly onDismiss?: (() => void) | undefined;
  /** What the person can do about it right here. */
  readonly children?: ReactNode;
}

function asText(failure: Failure): string {
  return [`${failure.code}: ${failure.message}`, failure.remedy, failure.detail ?? ''].filter(Boolean).join('\n');
}

/** What went wrong, what to do about it, and the details for a report. */
export function FailureNotice({ failure, onDismiss, children }: Props) {
  const [copied, setCopied] = useState(false);
  return (
    <div role="alert">
      <Message level={failure.choices === undefined ? 'danger' : 'info'}>
        <p className={classes('font-semibold', failure.choices !== undefined && 'text-ink')}>
          {visibleText(failure.message)}
        </p>
        <p className="mt-0.5 text-ink-2">{visibleText(failure.remedy)}</p>
        {children}
        {failure.detail !== undefined && (
          <div className="mt-1 text-ink-2">
            <Disclosure summary="Technical detail">
              <pre
                className="relative max-h-40 overflow-auto rounded-sm bg-surface p-2 font-mono text-2xs whitespace-pre-wrap"
                tabIndex={0}
              >
                {failure.detail}
              </pre>
            </Disclosure>
          </div>
        )}
        <div className="mt-1.5 flex flex-wrap items-center gap-1.5">
          <Button
            size="small"
            onClick={() => {
              void navigator.clipboard.writeText(asText(failure)).then(() => {
                setCopied(true);
              });
            }}
          >
            {copied ? <Check aria-hidden className="size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
            {copied ? 'Copied' : 'Copy details'}
          </Button>
          {onDismiss !== undefined && (
            <Button size="small" tone="quiet" onClick={onDismiss}>
              Dismiss
            </Button>
          )}
          <span className="ml-auto font-mono text-2xs text-ink-2">{failure.code}</span>
        </div>
      </Message>
    </div>
  );
}
