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
export function bankWorld(name: string, bank: ResultsBank): World {
  const ratios = ratiosOf(bank);
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

/**
 * The same without repetition. A seed that comes twice, as one of three does in five sweeps of a hundred with a bank of 60,
 * makes a spread look smaller than it is, which no real sweep's seeds do. The mean of n of N seeds scatters about the
 * bank's mean by √(1 − n/N) of what that of n new seeds does about the truth (finite population; W. G. Cochran, "Sampling
 * Techniques", 1977, chapter 2). So each trial's values are moved together until their mean is off by as much; their
 * spread about it stays. With a bank of normal results Student's t is exact then.
 *
 * For one number of seeds at a time: the first few of many drawn in this way are moved by too much.
 */
export function finiteBankWorld(name: string, bank: ResultsBank): World {
  const ratios = ratiosOf(bank);
  const seedsInBank = ratios[0]!.length;
  const truth = ratios.map((row) => meanOf(row)!);
  return {
    name,
    truth,
    draw: (generator, seeds) => {
      if (seeds >= seedsInBank) throw new RangeError(`${seeds} of ${seedsInBank} seeds cannot be drawn`);
      const drawn = withoutRepetition(generator, seeds, seedsInBank);
      const stretch = 1 / Math.sqrt(1 - seeds / seedsInBank) - 1;
      return ratios.map((row, trial) => {
        const values = drawn.map((seed) => row[seed]!);
        const move = stretch * (meanOf(values)! - truth[trial]!);
        return values.map((value) => value + move);
      });
    },
  };
}

function ratiosOf({ count, correct }: ResultsBank): number[][] {
  return correct.map((row) => row.map((each) => each / count));
}

/** The first steps of Fisher and Yates' shuffle. */
function withoutRepetition(generator: RandomGenerator, count: number, of: number): number[] {
  const rest = Array.from({ length: of }, (_, index) => index);
  return Array.from({ length: count }, (_, place) => {
    const at = uniformInt(generator, place, of - 1);
    [rest[place], rest[at]] = [rest[at]!, rest[place]!];
    return rest[place];
  });
}

/** Standard normal numbers by Box and Muller's method. */
function normals(generator: RandomGenerator): () => number {
  return () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
  };
}
