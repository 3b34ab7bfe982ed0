/** What all line charts share, so that they read as one family. */
export const axisStyle = {
  stroke: 'var(--line-strong)',
  tickLine: false,
  tick: { fill: 'var(--ink-3)', fontSize: 11 },
} as const;

export const chartMargin = { top: 8, right: 12, bottom: 4, left: 0 } as const;

export const chartHeight = 236;

/** Dash patterns: a line is told by its dash as well as by its colour. */
export const dashes = {
  solid: '',
  dashed: '6 4',
  dotted: '2 3',
  dashDot: '8 3 2 3',
  long: '12 4',
  short: '4 2',
} as const;
