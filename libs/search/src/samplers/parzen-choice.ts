/** The probability of good or of bad values of a choice: a mixture of one near-certain choice for each value and a uniform one. */
import { kernelWeights } from './kernel-weights.js';
import { type Uniform } from './parzen-range.js';
import { type ChoiceDimension, type SpaceValue } from './search-space.js';

export class ParzenChoice {
  readonly #values: readonly SpaceValue[];
  readonly #probabilities: readonly number[];

  /** `chosen` in the order of their trials. */
  constructor({ values }: ChoiceDimension, chosen: readonly SpaceValue[]) {
    this.#values = values;
    const weights = kernelWeights(chosen.length);
    // Each kernel spreads one observation's prior over the choices, as Optuna does.
    const spread = 1 / (chosen.length + 1);
    const rowSum = 1 + values.length * spread;
    this.#probabilities = values.map((value) =>
      chosen.reduce<number>(
        (sum, other, index) => sum + (weights[index]! * (spread + (other === value ? 1 : 0))) / rowSum,
        weights.at(-1)! / values.length,
      ),
    );
  }

  draw(uniform: Uniform): SpaceValue {
    let share = uniform();
    const index = this.#probabilities.findIndex((probability) => (share -= probability) < 0);
    return this.#values.at(index)!;
  }

  /** All values equally likely. */
  drawUniformly(uniform: Uniform): SpaceValue {
    return this.#values[Math.floor(uniform() * this.#values.length)]!;
  }

  logDensity(value: SpaceValue): number {
    return Math.log(this.#probabilities[this.#values.indexOf(value)]!);
  }
}
