import { Monitor, Moon, Sun } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../components/Button';
import { applyTheme, readTheme, type Theme } from '../state/theme';

const next: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const icons = { system: Monitor, light: Sun, dark: Moon } as const;
const names = { system: 'as the system', light: 'light', dark: 'dark' } as const;

export function ThemeSwitch() {
  const [theme, setTheme] = useState(readTheme);
  const Icon = icons[theme];
  return (
    <Button
      tone="quiet"
      size="small"
      aria-label={`Colours: ${names[theme]}. Change to ${names[next[theme]]}`}
      title={`Colours: ${names[theme]}`}
      onClick={() => {
        applyTheme(next[theme]);
        setTheme(next[theme]);
      }}
    >
      <Icon aria-hidden className="size-4" />
    </Button>
  );
}
