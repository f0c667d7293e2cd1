import { studentTQuantile } from './student-t.js';

export const CONFIDENCE = 0.95;

export interface MeanInterval {
  readonly mean: number;
  readonly standardError: number;
  readonly n: number;
}

/**
 * The 95 % interval of a mean, mean ± t(0.975, n − 1) × standard error. It covers the mean over further seeds on these
 * images with probability 95 % when the values are independent and roughly normal; sampling of images is not in it.
 * Null for n < 2.
 */
export function meanInterval95({ mean, standardError, n }: MeanInterval): [number, number] | null {
  if (n < 2) return null;
  const half = studentTQuantile(0.5 + CONFIDENCE / 2, n - 1) * standardError;
  return [mean - half, mean + half];
}
