import { Keyboard } from 'lucide-react';
import { Button } from '../components/Button';
import { useActions, useStudio } from '../state/useStudio';
import { Brand } from './Brand';
import { PrivacyLine } from './PrivacyLine';
import { ThemeSwitch } from './ThemeSwitch';

interface Props {
  readonly onShortcuts: () => void;
}

export function Header({ onShortcuts }: Props) {
  const { goHome } = useActions();
  const isDemo = useStudio((state) => state.project.isDemo);
  return (
    <header className="border-b border-line bg-surface">
      <div className="mx-auto flex h-12 max-w-[110rem] items-center gap-3 px-4 sm:px-6">
        <button type="button" onClick={goHome} className="rounded-md" title="To the first page">
          <Brand />
        </button>
        {isDemo && (
          <span className="rounded-full border border-line bg-sunken px-2 py-0.5 text-2xs font-medium text-ink-2">
            Demo project
          </span>
        )}
        <div className="ml-auto flex items-center gap-1">
          <div className="mr-2 hidden sm:block">
            <PrivacyLine short />
          </div>
          <ThemeSwitch />
          <Button
            tone="quiet"
            size="small"
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
            onClick={onShortcuts}
          >
            <Keyboard aria-hidden className="size-4" />
          </Button>
        </div>
      </div>
    </header>
  );
}
