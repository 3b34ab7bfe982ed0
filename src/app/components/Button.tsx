import type { ButtonHTMLAttributes } from 'react';
import { classes } from './classes';

type Tone = 'primary' | 'secondary' | 'quiet' | 'danger';

const tones: Readonly<Record<Tone, string>> = {
  primary: 'bg-accent text-accent-ink border-accent hover:bg-accent-hover hover:border-accent-hover font-semibold',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-sunken font-medium',
  quiet: 'bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink font-medium',
  danger: 'bg-surface text-danger border-danger hover:bg-danger-soft font-medium',
};

const sizes = {
  small: 'h-7 px-2 text-xs gap-1',
  medium: 'h-9 px-3.5 text-sm gap-1.5',
  large: 'h-12 px-6 text-base gap-2.5',
} as const;

/** Looks of a button, for labels and links that act as one. */
export function buttonLook(tone: Tone, size: keyof typeof sizes = 'medium'): string {
  return classes(
    'inline-flex shrink-0 items-center justify-center rounded-md border whitespace-nowrap transition-colors',
    'disabled:bg-sunken disabled:border-line disabled:text-ink-3',
    tones[tone],
    sizes[size],
  );
}

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: Tone;
  readonly size?: keyof typeof sizes;
}

export function Button({ tone = 'secondary', size = 'medium', className, type = 'button', ...rest }: Props) {
  return <button type={type} className={classes(buttonLook(tone, size), className)} {...rest} />;
}
