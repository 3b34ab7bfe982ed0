import { Sheet } from '../components/Sheet';
import { shortcuts } from '../state/shortcuts';

/** Every key of the studio. */
export function ShortcutsSheet({ onClose }: { onClose: () => void }) {
  return (
    <Sheet title="Keyboard" onClose={onClose}>
      <dl className="space-y-1.5">
        {shortcuts.map(({ keys, meaning }) => (
          <div key={keys} className="flex justify-between gap-4 border-b border-line pb-1.5">
            <dt>{meaning}</dt>
            <dd className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd key={key} className="rounded-sm border border-line-strong bg-sunken px-1.5 font-mono text-xs">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-3 text-xs text-ink-3">
        Keys do nothing while you type in a field. Charts take the arrow keys once they have the focus.
      </p>
    </Sheet>
  );
}
