import { useEffect, useState } from 'react';
import type { Failure } from '../../shared/failure';
import { toFailure } from '../../shared/failure';
import type { Args, CommandName, Result } from '../../shared/protocol';
import { useStudioApi } from './useStudio';

interface Answer<T> {
  /** The newest answer; while a new one is on its way, the one before. */
  readonly value: T | null;
  readonly failure: Failure | null;
}

/**
 * Asks the engine whenever `key` changes and keeps the newest answer.
 * @param key everything the answer depends on, as text; `null` asks nothing
 */
export function useEngineAnswer<C extends CommandName>(
  command: C,
  args: Args<C>,
  key: string | null,
): Answer<Result<C>> {
  const { engine } = useStudioApi();
  const [answer, setAnswer] = useState<Answer<Result<C>>>({ value: null, failure: null });
  useEffect(() => {
    if (key === null) return;
    let wanted = true;
    engine.call(command, args).then(
      (value) => {
        if (wanted) setAnswer({ value, failure: null });
      },
      (thrown: unknown) => {
        if (wanted) setAnswer({ value: null, failure: toFailure(thrown) });
      },
    );
    return () => {
      wanted = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key stands for the arguments
  }, [engine, command, key]);
  return answer;
}
