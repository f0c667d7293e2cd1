/** Made-up and real worlds in which the truth is known, to see whether what we say about results is true. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { meanOf } from '../moments.js';

export interface World {
  readonly name: string;
  /** The true mean accuracy of every trial. */
  readonly truth: readonly number[];
  /** Accuracies of a new sweep: a row for each trial, the same n new seeds in each. */
  readonly draw: (generator: RandomGenerator, seeds: number) => number[][];
}

/** Results of real runs: many seeds of every trial. `correct[trial][seed]` right answers of `count`. */
export interface ResultsBank {
  readonly count: number;
  readonly correct: readonly (readonly number[])[];
}

export interface NormalWorld {
  readonly name: string;
  readonly truth: readonly number[];
  /** Standard deviation of what trials have in common by seed. */
  readonly seedEffect: number;
  /** Standard deviation of the rest, for all trials or for each. */
  readonly residual: number | readonly number[];
}

export function normalWorld({ name, truth, seedEffect, residual }: NormalWorld): World {
  return {
    name,
    truth,
    draw: (generator, seeds) => {
      const next = normals(generator);
      const effects = Array.from({ length: seeds }, () => seedEffect * next());
      return truth.map((mean, trial) => {
        const spread = typeof residual === 'number' ? residual : residual[trial]!;
        return effects.map((effect) => mean + effect + spread * next());
      });
    },
  };
}

/** Seeds are drawn from the bank's with repetition, the same ones for every trial: its means are the truth. */
export function bankWorld(name: string, { count, correct }: ResultsBank): World {
  const ratios = correct.map((row) => row.map((each) => each / count));
  const seedsInBank = ratios[0]!.length;
  return {
    name,
    truth: ratios.map((row) => meanOf(row)!),
    draw: (generator, seeds) => {
      const drawn = Array.from({ length: seeds }, () => uniformInt(generator, 0, seedsInBank - 1));
      return ratios.map((row) => drawn.map((seed) => row[seed]!));
    },
  };
}

/** Standard normal numbers by Box and Muller's method. */
function normals(generator: RandomGenerator): () => number {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
  };
}
