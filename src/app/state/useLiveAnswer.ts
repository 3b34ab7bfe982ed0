import { useEffect, useMemo, useState } from 'react';
import { toFailure, type Failure } from '../../shared/failure';
import type { Args, CommandName, Result } from '../../shared/protocol';
import type { Engine } from './engine';
import { useStudioApi } from './useStudio';

export interface LiveAnswer<C extends CommandName> {
  /** The newest answer, which may be that to an earlier question while a new one is on its way. */
  readonly value: Result<C> | null;
  readonly failure: Failure | null;
  /** What the answer answers; null before the first one. */
  readonly args: Args<C> | null;
}

/**
 * Asks one question at a time: what is asked meanwhile waits, and only the newest of it is asked next. Every answer is
 * told, so that a picture follows a hand that does not rest.
 */
export function createLiveQuestion<C extends CommandName>(
  engine: Engine,
  command: C,
  tell: (answer: LiveAnswer<C>) => void,
): { readonly ask: (args: Args<C>) => void; readonly forget: () => void } {
  let busy = false;
  let next: { readonly args: Args<C> } | null = null;
  let listening = true;
  const run = async (args: Args<C>): Promise<void> => {
    busy = true;
    let answer: LiveAnswer<C>;
    try {
      answer = { value: await engine.call(command, args), failure: null, args };
    } catch (thrown) {
      answer = { value: null, failure: toFailure(thrown), args };
    }
    busy = false;
    if (listening) tell(answer);
    const waiting = next;
    next = null;
    if (listening && waiting !== null) void run(waiting.args);
  };
  return {
    ask(args) {
      listening = true;
      if (busy) next = { args };
      else void run(args);
    },
    forget() {
      listening = false;
      next = null;
    },
  };
}

/**
 * The answer to a question that changes faster than it can be answered: at most one is on its way.
 * @param key everything the answer depends on, as text; `null` asks nothing
 */
export function useLiveAnswer<C extends CommandName>(command: C, args: Args<C>, key: string | null): LiveAnswer<C> {
  const { engine } = useStudioApi();
  const [answer, setAnswer] = useState<LiveAnswer<C>>({ value: null, failure: null, args: null });
  const question = useMemo(() => createLiveQuestion(engine, command, setAnswer), [engine, command]);
  useEffect(() => {
    if (key !== null) question.ask(args);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for the arguments
  }, [question, key]);
  useEffect(() => question.forget, [question]);
  return answer;
}
