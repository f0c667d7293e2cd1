/** Colours of plots: fixed for a file of its own, CSS variables inside a page that has a light and a dark theme. */
export interface Palette {
  /** Text, axes and rules. */
  readonly ink: string;
  readonly muted: string;
  readonly background: string;
  readonly training: string;
  readonly validation: string;
  readonly ours: string;
  readonly report: string;
}

/** Dark on white; the two series differ in lightness as well as hue, so that they survive grey print. */
export const FIXED_PALETTE: Palette = {
  ink: '#1f2328',
  muted: '#5f6771',
  background: '#ffffff',
  training: '#0072b2',
  validation: '#c2410c',
  ours: '#0072b2',
  report: '#c2410c',
};

/** For inline SVG; the page defines the variables (`plotVariables`). */
export const THEMED_PALETTE: Palette = {
  ink: 'var(--plot-ink)',
  muted: 'var(--plot-muted)',
  background: 'var(--plot-background)',
  training: 'var(--plot-training)',
  validation: 'var(--plot-validation)',
  ours: 'var(--plot-ours)',
  report: 'var(--plot-report)',
};

const DARK_PALETTE: Palette = {
  ink: '#e6e8eb',
  muted: '#9aa4af',
  background: '#15181c',
  training: '#5cb3f0',
  validation: '#ff9d5c',
  ours: '#5cb3f0',
  report: '#ff9d5c',
};

/** CSS declarations of the variables of `THEMED_PALETTE`. */
export function plotVariables(theme: 'light' | 'dark'): string {
  const palette = theme === 'light' ? FIXED_PALETTE : DARK_PALETTE;
  return Object.entries(palette)
    .map(([name, colour]) => `--plot-${name}: ${colour};`)
    .join(' ');
}
