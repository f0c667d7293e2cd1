/** Numbers and times as people read them. */

const integer = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1234567` → `1,234,567` */
export function formatCount(count: number): string {
  return integer.format(count);
}

/** `1 run`, `2 runs` */
export function formatQuantity(count: number, singular: string): string {
  return `${formatCount(count)} ${singular}${count === 1 ? '' : 's'}`;
}

/** Seconds as `8 s`, `3 min 20 s`, `2 h 05 min`: two units at most. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Below this a number is shorter and clearer with an exponent. */
const EXPONENT_BELOW = 1e-3;

/** A parameter's value with at most six significant digits: `0.001`, `1.707e-5`, `900`. */
export function formatParameter(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const small = rounded !== 0 && Math.abs(rounded) < EXPONENT_BELOW;
  return small ? rounded.toExponential() : String(rounded);
}

export function formatParameters(parameters: Readonly<Record<string, number>>): string {
  const parts = Object.entries(parameters).map(([name, value]) => `${name}=${formatParameter(value)}`);
  return parts.length === 0 ? '–' : parts.join(' ');
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** Mebibytes and gibibytes, for memory and disks. */
export function formatBytes(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  return gibibytes >= 1 ? `${gibibytes.toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
