/** Made-up worlds in which the truth is known, to see whether what we say about results is true. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';

export interface World {
  readonly name: string;
  /** The true mean accuracy of every trial. */
  readonly truth: readonly number[];
  /** Accuracies of a new sweep: a row for each trial, the same n new seeds in each. */
  readonly draw: (generator: RandomGenerator, seeds: number) => number[][];
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

/** Standard normal numbers by Box and Muller's method. */
function normals(generator: RandomGenerator): () => number {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
  };
}
