/** The values of one parameter on a grid. */
import { type ParameterName, type ParameterSpec } from '@seedbed/contracts';
import { PARAMETER_DOMAINS } from './parameter-domain.js';

export type RangeSpec = Extract<ParameterSpec, { min: number }>;

/**
 * `count` points from min to max: equally spaced, or equally spaced in the logarithm. Both ends are exactly as given
 * (exp(log(x)) need not be x). Points of a whole-number parameter are rounded to the nearest whole number. Only
 * Math.log, Math.exp and arithmetic are used, so that a plan is the same on every machine with the same Node.
 */
export function gridValues(name: ParameterName, range: RangeSpec): number[] {
  const count = range.count ?? 1;
  const { integer } = PARAMETER_DOMAINS[name];
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return range.min;
    if (index === count - 1) return range.max;
    const inner = innerPoint(range, index / (count - 1), index, count);
    return Math.min(range.max, Math.max(range.min, integer ? Math.round(inner) : inner));
  });
}

function innerPoint(range: RangeSpec, share: number, index: number, count: number): number {
  if (range.scale === 'linear') return range.min + ((range.max - range.min) * index) / (count - 1);
  const logMin = Math.log(range.min);
  return Math.exp(logMin + (Math.log(range.max) - logMin) * share);
}

/** How many grid values a parameter has; a derived one has one, known later. */
export function gridCount(spec: ParameterSpec): number {
  if ('values' in spec) return spec.values.length;
  return 'min' in spec ? (spec.count ?? 1) : 1;
}
