export type ShortcutAction =
  'toggleRun' | 'help' | 'logScale' | `go ${'model' | 'images' | 'method' | 'run' | 'inspect' | 'export'}`;

interface Shortcut {
  /** Keys in order, separated by a space, as `KeyboardEvent.key` names them (`Space` for the space bar). */
  readonly keys: string;
  readonly meaning: string;
  readonly action: ShortcutAction;
}

/** One registry: the sheet and the listener both read it. */
export const shortcuts: readonly Shortcut[] = [
  { keys: 'Space', meaning: 'Pause or resume the run', action: 'toggleRun' },
  { keys: 'g s', meaning: 'Go to the source model', action: 'go model' },
  { keys: 'g d', meaning: 'Go to the images', action: 'go images' },
  { keys: 'g m', meaning: 'Go to the method', action: 'go method' },
  { keys: 'g r', meaning: 'Go to the run', action: 'go run' },
  { keys: 'g i', meaning: 'Go to inspect', action: 'go inspect' },
  { keys: 'g e', meaning: 'Go to export', action: 'go export' },
  { keys: 'l', meaning: 'Loss axis linear or logarithmic', action: 'logScale' },
  { keys: '?', meaning: 'This list', action: 'help' },
];

interface Press {
  readonly key: string;
  readonly modified: boolean;
  /** The focus is where typing or pressing has a meaning of its own. */
  readonly inControl: boolean;
}

/**
 * What a key press means after the keys before it.
 * @param pending a first key that waits for its second, or ''
 */
export function readShortcut(
  pending: string,
  press: Press,
): { readonly pending: string; readonly action: ShortcutAction | null } {
  if (press.modified || press.inControl) return { pending: '', action: null };
  const key = press.key === ' ' ? 'Space' : press.key;
  const typed = pending === '' ? key : `${pending} ${key}`;
  const match = shortcuts.find((shortcut) => shortcut.keys === typed);
  if (match !== undefined) return { pending: '', action: match.action };
  const opens = shortcuts.some((shortcut) => shortcut.keys.startsWith(`${key} `));
  return { pending: opens ? key : '', action: null };
}
