import type { Handlers } from '../../shared/protocol';
import { requireIdle } from '../context';
import type { Context } from '../context';

/** The prepared images that are kept: how many bytes they take, and a way to be rid of them. */
export function cacheHandlers(context: Context): Pick<Handlers, 'cache/summary' | 'cache/clear'> {
  return {
    'cache/summary': () => context.cache.summary(),
    'cache/clear': () =>
      context.inTurn(() => {
        requireIdle(context, 'its prepared images cannot be thrown away');
        return context.cache.clear();
      }),
  };
}
