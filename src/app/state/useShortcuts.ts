import { useEffect, useEffectEvent, useRef } from 'react';
import { readShortcut, type ShortcutAction } from './shortcuts';

const controls = 'input, select, textarea, [contenteditable], [role="slider"], [role="listbox"], dialog';
/** Space presses these; other keys mean nothing to them. */
const pressable = 'button, summary, a, [role="application"]';

const isInside = (target: Element | null, selector: string): boolean =>
  target !== null && target.closest(selector) !== null;

/** Listens for the studio's keys on the whole page. */
export function useShortcuts(perform: (action: ShortcutAction) => void): void {
  const pending = useRef('');
  const press = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target instanceof Element ? event.target : null;
    const inControl = isInside(target, controls) || (event.key === ' ' && isInside(target, pressable));
    const modified = event.ctrlKey || event.metaKey || event.altKey;
    const { pending: next, action } = readShortcut(pending.current, { key: event.key, modified, inControl });
    pending.current = next;
    if (action === null) return;
    event.preventDefault();
    perform(action);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      press(event);
    };
    document.addEventListener('keydown', listener);
    return () => {
      document.removeEventListener('keydown', listener);
    };
  }, []);
}
