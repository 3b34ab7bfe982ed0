import type { Handlers } from '../../shared/protocol';

const notYet = (): never => {
  throw new Error('not yet');
};

/** Scaffold: each goes when its real handler comes. */
export const notYetHandlers: Pick<
  Handlers,
  | 'images/skipped'
  | 'pairs/rule'
  | 'pairs/try'
  | 'pairs/check'
  | 'pairs/unmatched'
  | 'dataset/find'
  | 'dataset/choose'
  | 'dataset/import'
  | 'dataset/close'
  | 'cache/summary'
  | 'cache/clear'
> = {
  'images/skipped': notYet,
  'pairs/rule': notYet,
  'pairs/try': notYet,
  'pairs/check': notYet,
  'pairs/unmatched': notYet,
  'dataset/find': notYet,
  'dataset/choose': notYet,
  'dataset/import': notYet,
  'dataset/close': notYet,
  'cache/summary': notYet,
  'cache/clear': notYet,
};
