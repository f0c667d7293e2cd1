/**
 * The density of good or of bad values of a range as a mixture of truncated normals, one at each value and a wide one, the
 * prior, in the middle (Bergstra et al., "Algorithms for hyper-parameter optimization", NeurIPS 2011), with the widths
 * that Optuna's TPESampler gives them.
 */
import { kernelWeights } from './kernel-weights.js';
import { type RangeDimension } from './search-space.js';
import { normalCdf } from './normal-cdf.js';

/** Independent uniform numbers, 0 to below 1. */
export type Uniform = () => number;

interface Kernel {
  readonly mean: number;
  readonly width: number;
  readonly weight: number;
  /** Probability of the untruncated normal within the range. */
  readonly mass: number;
}

/** So many kernels or more are all at least a hundredth of the range wide. */
const KERNELS_FOR_NARROWEST = 100;

export class ParzenRange {
  readonly #range: RangeDimension;
  readonly #low: number;
  readonly #high: number;
  readonly #kernels: readonly Kernel[];

  /** `values` in the order of their trials. */
  constructor(range: RangeDimension, values: readonly number[]) {
    this.#range = range;
    // A whole number stands for the interval that is rounded to it.
    const half = range.integer ? 0.5 : 0;
    this.#low = this.#onScale(range.min - half);
    this.#high = this.#onScale(range.max + half);
    this.#kernels = this.#kernelsAt(values.map((value) => this.#onScale(value)));
  }

  draw(uniform: Uniform): number {
    let share = uniform();
    const kernel = this.#kernels.find(({ weight }) => (share -= weight) < 0) ?? this.#kernels.at(-1)!;
    return this.#fromScale(this.#drawFrom(kernel, uniform));
  }

  /** All values of the range equally likely on its scale. */
  drawUniformly(uniform: Uniform): number {
    return this.#fromScale(this.#low + (this.#high - this.#low) * uniform());
  }

  /** Logarithm of the probability (of a whole number) or of the density on the range's scale. */
  logDensity(value: number): number {
    const { integer } = this.#range;
    const x = this.#onScale(value);
    const [below, above] = integer ? [this.#onScale(value - 0.5), this.#onScale(value + 0.5)] : [x, x];
    const density = this.#kernels.reduce((sum, { mean, width, weight, mass }) => {
      const z = (x - mean) / width;
      const part = integer
        ? normalCdf((above - mean) / width) - normalCdf((below - mean) / width)
        : Math.exp((-z * z) / 2) / width;
      return sum + (weight * part) / mass;
    }, 0);
    return Math.log(Math.max(density, Number.MIN_VALUE));
  }

  #kernelsAt(values: readonly number[]): Kernel[] {
    const span = this.#high - this.#low;
    const means = [...values, this.#low + span / 2];
    const order = means.map((_, index) => index).sort((a, b) => means[a]! - means[b]!);
    const weights = kernelWeights(values.length);
    const narrowest = span / Math.min(KERNELS_FOR_NARROWEST, 1 + means.length);
    return order.map((index, place) => {
      const mean = means[index]!;
      const left = place === 0 ? null : mean - means[order[place - 1]!]!;
      const right = place === order.length - 1 ? null : means[order[place + 1]!]! - mean;
      const gap = Math.max(left ?? 0, right ?? 0);
      const width = index === values.length ? span : Math.min(span, Math.max(narrowest, gap));
      const mass = normalCdf((this.#high - mean) / width) - normalCdf((this.#low - mean) / width);
      return { mean, width, weight: weights[index]!, mass };
    });
  }

  /** Normal numbers (Box and Muller 1958) until one is within the range: at least a third are. */
  #drawFrom({ mean, width }: Kernel, uniform: Uniform): number {
    for (;;) {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const x = mean + width * radius * Math.cos(2 * Math.PI * uniform());
      if (x >= this.#low && x <= this.#high) return x;
    }
  }

  #onScale(value: number): number {
    return this.#range.scale === 'log' ? Math.log(value) : value;
  }

  #fromScale(x: number): number {
    const { scale, integer, min, max } = this.#range;
    const value = scale === 'log' ? Math.exp(x) : x;
    return Math.min(max, Math.max(min, integer ? Math.round(value) : value));
  }
}
