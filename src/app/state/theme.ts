export type Theme = 'system' | 'light' | 'dark';

const key = 'studio-theme';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** The remembered theme; `system` follows the operating system. */
export function readTheme(): Theme {
  const saved = localStorage.getItem(key);
  return themes.find((theme) => theme === saved) ?? 'system';
}

/** Applies a theme to the page and remembers it. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(key);
  else localStorage.setItem(key, theme);
  document.documentElement.dataset['theme'] = theme;
}
