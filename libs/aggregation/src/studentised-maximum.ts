/**
 * Quantiles of the largest of k equally correlated normal numbers over one common estimate of their spread: the numbers
 * behind one-sided comparisons of several trials at once. With correlation 1/2 (differences to one trial, all with the
 * same n) it is Dunnett's one-sided distribution; with 0 the largest of k independent means.
 *
 * P(max ≤ q) = ∫ f(u) ∫ φ(z) Φ((q u + √ρ z) / √(1 − ρ))^k dz du, where u = S/σ has χ²/ν as its square. Both integrals are
 * taken by the trapezoidal rule, over z and over log u: the integrands fall off to nothing at both ends, where that rule
 * converges faster than any power of its step (Dunnett 1955; Trefethen and Weideman 2014).
 */
import { logGamma } from './log-gamma.js';
import { normalCdf } from './normal-distribution.js';

export interface StudentisedMaximum {
  readonly count: number;
  readonly correlation: 0 | 0.5;
  readonly degreesOfFreedom: number;
}

const INNER_END = 8;
const INNER_STEP = 0.32;
/** Weights below e^-36 are left out: they cannot change the 15th digit. */
const LOG_WEIGHT_MIN = -36;
const OUTER_STEPS_PER_DEVIATION = 2;
const OUTER_STEP_MAX = 0.15;
/** A quantile takes 20 ms, and a service asks for the same ones whenever somebody looks at results. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED = new Map<string, number>();
const ITERATIONS_MAX = 200;
const TOLERANCE = 1e-9;

/**
 * The q > 0 with P(max > q) = tail.
 *
 * @throws RangeError unless 0 < tail < 0.5, count ≥ 1 and degreesOfFreedom ≥ 1
 */
export function studentisedMaximumQuantile(of: StudentisedMaximum, tail: number): number {
  const key = `${of.count} ${of.correlation} ${of.degreesOfFreedom} ${tail}`;
  const known = REMEMBERED.get(key);
  if (known !== undefined) return known;
  if (REMEMBERED.size >= REMEMBERED_MAX) REMEMBERED.clear();
  const quantile = computeQuantile(of, tail);
  REMEMBERED.set(key, quantile);
  return quantile;
}

function computeQuantile(of: StudentisedMaximum, tail: number): number {
  if (!(tail > 0 && tail < 0.5)) throw new RangeError(`tail must be in (0, 0.5), got ${tail}`);
  if (!(of.count >= 1)) throw new RangeError(`count must be 1 or more, got ${of.count}`);
  if (!(of.degreesOfFreedom >= 1)) throw new RangeError('degrees of freedom must be 1 or more');
  const cdf = distributionOf(of);
  const excess = (q: number) => 1 - cdf(q) - tail;
  let low = 0;
  let high = 2;
  while (excess(high) > 0) {
    low = high;
    high *= 2;
  }
  return bracketedRoot(excess, low, high);
}

/** P(max ≤ q) as a function of q. */
function distributionOf({ count, correlation, degreesOfFreedom }: StudentisedMaximum) {
  const inner = innerNodes();
  const outer = outerNodes(degreesOfFreedom);
  const slope = Math.sqrt(correlation);
  const scale = 1 / Math.sqrt(1 - correlation);
  return (q: number): number => {
    let total = 0;
    for (const { at: u, weight } of outer) {
      if (correlation === 0) {
        total += weight * normalCdf(q * u) ** count;
        continue;
      }
      let sum = 0;
      for (const node of inner) sum += node.weight * normalCdf((q * u + slope * node.at) * scale) ** count;
      total += weight * sum;
    }
    return total;
  };
}

interface Node {
  readonly at: number;
  readonly weight: number;
}

function innerNodes(): Node[] {
  const steps = (2 * INNER_END) / INNER_STEP;
  return Array.from({ length: steps + 1 }, (_, index) => {
    const at = -INNER_END + index * INNER_STEP;
    return { at, weight: (INNER_STEP * Math.exp((-at * at) / 2)) / Math.sqrt(2 * Math.PI) };
  });
}

/** Nodes u = e^t; the density of t is 2 (ν/2)^(ν/2) / Γ(ν/2) · exp(ν t − ν e^2t / 2), highest at t = 0. */
function outerNodes(degreesOfFreedom: number): Node[] {
  const nu = degreesOfFreedom;
  const logFront = Math.LN2 + (nu / 2) * Math.log(nu / 2) - logGamma(nu / 2);
  const logDensity = (t: number) => logFront + nu * t - (nu / 2) * Math.exp(2 * t);
  const step = Math.min(OUTER_STEP_MAX, 1 / (OUTER_STEPS_PER_DEVIATION * Math.sqrt(2 * nu)));
  const highest = logDensity(0);
  const nodes: Node[] = [];
  for (const direction of [-1, 1]) {
    for (let index = direction < 0 ? 0 : 1; ; index++) {
      const t = direction * index * step;
      if (logDensity(t) - highest < LOG_WEIGHT_MIN) break;
      nodes.push({ at: Math.exp(t), weight: step * Math.exp(logDensity(t)) });
    }
  }
  return nodes;
}

/** The Illinois method: regula falsi that halves the weight of an end which does not move. */
function bracketedRoot(of: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let [atLow, atHigh] = [of(low), of(high)];
  let x = high;
  for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
    x = (low * atHigh - high * atLow) / (atHigh - atLow);
    const value = of(x);
    if (Math.abs(value) < TOLERANCE * 1e-3 || high - low < TOLERANCE) return x;
    if (value > 0) {
      [low, atLow] = [x, value];
      atHigh /= 2;
    } else {
      [high, atHigh] = [x, value];
      atLow /= 2;
    }
  }
  return x;
}
