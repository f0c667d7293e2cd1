/**
 * How numbers are written, in one place, so that terminal, Markdown, HTML and plots agree. Accuracies are ratios
 * (0 … 1) throughout the code and percentages with two decimals on paper; differences of accuracies are points.
 */

/** Shown where there is no number: nothing committed yet, or n too small to say. */
export const NO_NUMBER = '–';

/** Parameters that span orders of magnitude and are written in short scientific form. */
const SCIENTIFIC_PARAMETERS: ReadonlySet<string> = new Set(['lambda', 'learningRate', 'etaMin', 'etaMax']);

/** `0.5169` → `51.69 %`. */
export function formatAccuracy(ratio: number | null): string {
  return ratio === null ? NO_NUMBER : `${percent(ratio)} %`;
}

/** Points of accuracy (hundredths), unsigned as given: `0.0021` → `0.21`. */
export function formatPoints(ratio: number | null): string {
  return ratio === null ? NO_NUMBER : percent(ratio);
}

/** `[0.5135, 0.5187]` → `51.35–51.87 %`. */
export function formatInterval(interval: readonly [number, number] | null): string {
  return interval === null ? NO_NUMBER : `${percent(interval[0])}–${percent(interval[1])} %`;
}

/** Half the width of an interval around a mean. */
export function halfWidthOf(interval: readonly [number, number]): number {
  return (interval[1] - interval[0]) / 2;
}

/** Short scientific form with at most four digits, enough to tell 4.207e-5 from 4.208e-5: `0.002481` → `2.481e-3`. */
export function formatLambda(lambda: number | null): string {
  if (lambda === null) return NO_NUMBER;
  return formatScientific(lambda, 4);
}

/** At most `digits` significant digits, trailing zeros dropped: `(0.001, 4)` → `1e-3`; zero is `0`. */
export function formatScientific(value: number, digits: number): string {
  if (value === 0) return '0';
  return Number(value.toPrecision(digits)).toExponential().replace('e+', 'e');
}

/** The value of a swept parameter. */
export function formatParameter(name: string, value: number): string {
  return SCIENTIFIC_PARAMETERS.has(name) ? formatLambda(value) : formatPlain(value);
}

/** The name of a swept parameter as people write it. */
export function parameterLabel(name: string): string {
  return name === 'lambda' ? 'λ' : name;
}

/** A share (0 … 1) as a percentage that says 100 only when nothing at all is missing: `0.99998` → `99.99 %`. */
export function formatShare(share: number): string {
  if (share === 1) return '100 %';
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

/** How often a trial wins, in whole percent: `0.41` → `41 %`; never 0 or 100 unless it is exactly that. */
export function formatWins(share: number): string {
  if (share > 0 && share < 0.005) return '<1 %';
  if (share < 1 && share >= 0.995) return '>99 %';
  return `${Math.round(share * 100)} %`;
}

/** A duration in ms as people say it: `950 ms`, `42.3 s`, `12 min 05 s`, `3 h 04 min`. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null) return NO_NUMBER;
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const wholeSeconds = Math.round(seconds);
  const minutes = Math.floor(wholeSeconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(wholeSeconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** Thousands separated by commas: `45000` → `45,000`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** The first digits of a digest or run id: enough to find it, short enough to read. */
export function abbreviateDigest(digest: string): string {
  return digest.slice(0, 12);
}

function percent(ratio: number): string {
  return (ratio * 100).toFixed(2);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

function formatPlain(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}
