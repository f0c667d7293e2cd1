import type { RaceEnd, StageComparison } from '@seedbed/contracts';

const ENDS: Readonly<Record<RaceEnd, string>> = {
  'one-left': 'all others are excluded',
  'within-delta': 'what was asked is known within the difference that matters',
  'last-look': 'there were no more seeds',
  'nothing-to-compare': 'there was nothing to compare',
};

/** How a race went: who had how many seeds, and why it is over. */
export function raceSentence({ race }: StageComparison): string[] {
  if (race === undefined) return [];
  const looks = race.looks.map(({ seeds, trials }) => `${trials} with ${seeds} seeds`).join(', ');
  const end = race.end === null ? 'it goes on' : `over, for ${ENDS[race.end]}`;
  return [`Raced: ${looks}; ${end}. All looks together are allowed for in the 95 %.`];
}
