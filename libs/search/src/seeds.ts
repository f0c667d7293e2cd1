/** The seeds of a stage's trials. */
import { type InputProblem, LIMITS, type SeedsSpec } from '@seedbed/contracts';
import { type SourcePath } from './source-path.js';
import { problemAt, type SweepSource } from './sweep-source.js';

export const SEEDS_DEFAULT: SeedsSpec = 5;

/** `5` → 1…5; a list → itself; `{first, count}` → count seeds from first. */
export function seedsOf(spec: SeedsSpec): number[] {
  if (Array.isArray(spec)) return [...spec];
  const { first, count } = typeof spec === 'number' ? { first: 1, count: spec } : spec;
  return Array.from({ length: count }, (_, index) => first + index);
}

export function seedCountOf(spec: SeedsSpec): number {
  if (Array.isArray(spec)) return spec.length;
  return typeof spec === 'number' ? spec : spec.count;
}

/** Seeds count from 1: a planned trial's own settings hold seed 0, which stands for "no seed yet". */
export function seedsProblems(source: SweepSource, path: SourcePath, spec: SeedsSpec): InputProblem[] {
  if (!Array.isArray(spec)) {
    const { first, count } = typeof spec === 'number' ? { first: 1, count: spec } : spec;
    if (first < 1) return [problemAt(source, [...path, 'first'], `found ${first}; seeds are 1 or more`)];
    if (first + count - 1 <= LIMITS.seedMax) return [];
    const message = `the last seed would be ${first + count - 1}; seeds are at most ${LIMITS.seedMax}`;
    return [problemAt(source, path, message)];
  }
  const firstIndexOf = new Map<number, number>();
  return spec.flatMap((seed, index) => {
    if (seed < 1) return [problemAt(source, [...path, index], `found ${seed}; seeds are 1 or more`)];
    const earlier = firstIndexOf.get(seed);
    if (earlier === undefined) firstIndexOf.set(seed, index);
    else
      return [
        problemAt(source, [...path, index], `repeats seed ${seed} (entry ${earlier}); give each seed once`),
      ];
    return [];
  });
}
