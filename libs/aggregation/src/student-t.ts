/** Student's t distribution. */
import { regularisedBeta } from './incomplete-beta.js';
import { logGamma } from './log-gamma.js';

const NEWTON_STEPS_MAX = 200;
const RELATIVE_TOLERANCE = 1e-14;

/** P(T > t) for t ≥ 0: computed as a tail, so that small ones keep their precision. */
export function studentTUpperTail(t: number, degreesOfFreedom: number): number {
  return 0.5 * regularisedBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
}

export function studentTCdf(t: number, degreesOfFreedom: number): number {
  const tail = studentTUpperTail(Math.abs(t), degreesOfFreedom);
  return t > 0 ? 1 - tail : tail;
}

export function studentTDensity(t: number, degreesOfFreedom: number): number {
  const n = degreesOfFreedom;
  const logDensity =
    logGamma((n + 1) / 2) -
    logGamma(n / 2) -
    0.5 * Math.log(n * Math.PI) -
    ((n + 1) / 2) * Math.log1p((t * t) / n);
  return Math.exp(logDensity);
}

/**
 * The t with P(T ≤ t) = probability. Newton's method on the upper tail, kept inside a bracket that shrinks at every step
 * (a step that leaves it is replaced by bisection), so it cannot run away however heavy the tail.
 *
 * @throws RangeError unless 0 < probability < 1 and degreesOfFreedom > 0
 */
export function studentTQuantile(probability: number, degreesOfFreedom: number): number {
  if (!(probability > 0 && probability < 1))
    throw new RangeError(`probability must be in (0, 1), got ${probability}`);
  if (!(degreesOfFreedom > 0))
    throw new RangeError(`degrees of freedom must be positive, got ${degreesOfFreedom}`);
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -upperTailQuantile(probability, degreesOfFreedom);
  return upperTailQuantile(1 - probability, degreesOfFreedom);
}

/** The t > 0 with P(T > t) = tail, for tail < 0.5. */
export function upperTailQuantile(tail: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = 1;
  while (studentTUpperTail(high, degreesOfFreedom) > tail) {
    low = high;
    high *= 2;
  }
  let t = (low + high) / 2;
  for (let step = 0; step < NEWTON_STEPS_MAX; step++) {
    const excess = studentTUpperTail(t, degreesOfFreedom) - tail;
    if (excess > 0) low = t;
    else high = t;
    const newton = t + excess / studentTDensity(t, degreesOfFreedom);
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - t) <= RELATIVE_TOLERANCE * t || high - low <= RELATIVE_TOLERANCE * high) return next;
    t = next;
  }
  return t;
}
