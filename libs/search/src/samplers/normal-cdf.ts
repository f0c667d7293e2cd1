/** Beyond it, both tails are below the rounding of 1. */
const TAIL_FROM = 8.5;

/** P(Z ≤ z) by the series of G. Marsaglia, "Evaluating the normal distribution" (2004); absolute error below 1e-14. */
export function normalCdf(z: number): number {
  if (z > TAIL_FROM) return 1;
  if (z < -TAIL_FROM) return 0;
  let term = z;
  let sum = 0;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    sum += term;
    term *= (z * z) / odd;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
