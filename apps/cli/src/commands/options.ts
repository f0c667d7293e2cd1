/** Parsers of option values; commander turns what they throw into a usage error. */
import type { LIMITS } from '@seedbed/contracts';
import { InvalidArgumentError } from 'commander';

/** Same as LIMITS.pageRowsMax, which would load every schema for `--help`; a test keeps them equal. */
export const PAGE_ROWS_MAX: typeof LIMITS.pageRowsMax = 1_000;

/** A parser of whole numbers within bounds, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** For an option that may be given several times. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

export const JSON_OPTION = ['--json', 'print machine-readable JSON on stdout'] as const;

/** Same as LIMITS.seedMax; a test keeps them equal. */
export const SEED_MAX: typeof LIMITS.seedMax = 2_147_483_647;
export const PORT_MAX = 65_535;
/** Beyond this a machine wants another tool: a trainer already uses all its cores with its children. */
export const TRAINERS_MAX = 64;
/** Each training process takes about 1.2 GB. */
export const CHILDREN_MAX = 256;

/** The examples part of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
