/**
 * Initial weights from our own generator, the same on every backend, machine and Node version: seed s is the same network
 * in every trial of equal shape. Hidden units draw from streams of their own, so a wider network begins with the units
 * of a narrower one (scaled alike), which keeps comparisons over hidden sizes paired as far as they can be.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { sha256 } from '@seedbed/contracts';

/** Weights of a two-layer network, float32, row-major. */
export interface Weights {
  /** hidden × inputs: a row is one hidden unit. */
  readonly W1: Float32Array;
  /** hidden */
  readonly b1: Float32Array;
  /** hidden × classes */
  readonly W2: Float32Array;
  /** classes */
  readonly b2: Float32Array;
}

export interface NetworkShape {
  readonly inputs: number;
  readonly hidden: number;
  readonly classes: number;
}

/** The generator fills half of its state with the seed and half with constants; a few draws mix the two. */
const WARM_UP_DRAWS = 16;

/** W1 ~ N(0, 1/√inputs), W2 ~ N(0, 1/√hidden) (standard deviations), biases 0. */
export function initialWeights(shape: NetworkShape, seed: number): Weights {
  const { inputs, hidden, classes } = shape;
  const W1 = new Float32Array(hidden * inputs);
  const W2 = new Float32Array(hidden * classes);
  for (let unit = 0; unit < hidden; unit++) {
    fillNormal(
      W1.subarray(unit * inputs, (unit + 1) * inputs),
      stream(seed, `W1/${unit}`),
      1 / Math.sqrt(inputs),
    );
    fillNormal(
      W2.subarray(unit * classes, (unit + 1) * classes),
      stream(seed, `W2/${unit}`),
      1 / Math.sqrt(hidden),
    );
  }
  return { W1, b1: new Float32Array(hidden), W2, b2: new Float32Array(classes) };
}

/** A generator for one purpose of one seed: streams of different purposes do not overlap in any way that matters. */
export function stream(seed: number, purpose: string): RandomGenerator {
  const random = xoroshiro128plus(
    Number.parseInt(sha256(`seedbed/weights/${seed}/${purpose}`).slice(0, 8), 16) | 0,
  );
  for (let skipped = 0; skipped < WARM_UP_DRAWS; skipped++) random.next();
  return random;
}

/**
 * Normal variates by Marsaglia's polar method. It needs logarithm and square root only: engines agree on those, whereas
 * sine and cosine have changed between versions of V8.
 */
export function fillNormal(target: Float32Array, random: RandomGenerator, standardDeviation: number): void {
  let index = 0;
  while (index < target.length) {
    const u = uniform(random);
    const v = uniform(random);
    const square = u * u + v * v;
    if (square >= 1 || square === 0) continue;
    const factor = standardDeviation * Math.sqrt((-2 * Math.log(square)) / square);
    target[index++] = u * factor;
    if (index < target.length) target[index++] = v * factor;
  }
}

/** Uniform in (−1, 1) with 32 random bits. */
function uniform(random: RandomGenerator): number {
  return ((random.next() | 0) + 0.5) / 2 ** 31;
}
