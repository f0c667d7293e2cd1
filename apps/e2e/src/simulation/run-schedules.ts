/** Many schedules, one after another, against the answer of the undisturbed one. */
import { Happenings } from './happenings.js';
import { runSchedule } from './schedule.js';

export interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
}

export interface Tally {
  schedules: number;
  readonly happenings: Happenings;
  readonly failures: Failure[];
}

/** More would only say the same again. */
const FAILURES_MAX = 10;

/** The bytes that every schedule has to come to. */
export async function undisturbedAnswer(): Promise<string> {
  const { answer, violations } = await runSchedule({ seed: 1, withFaults: false });
  if (answer === null) throw new Error(`the undisturbed schedule fails: ${violations.join('; ')}`);
  return answer;
}

/** Violations of one schedule, its answer's bytes included. */
export async function violationsOf(
  seed: number,
  expected: string,
  happenings = new Happenings(),
): Promise<readonly string[]> {
  try {
    const outcome = await runSchedule({ seed });
    happenings.add(Object.fromEntries(outcome.happenings.counts));
    const isOther = outcome.answer !== null && outcome.answer !== expected;
    return isOther ? [...outcome.violations, `another answer: ${outcome.answer}`] : outcome.violations;
  } catch (thrown) {
    return [String(thrown)];
  }
}

export async function runSchedules(
  seeds: Iterable<number>,
  onProgress: (tally: Tally) => void = () => undefined,
): Promise<Tally> {
  const expected = await undisturbedAnswer();
  const tally: Tally = { schedules: 0, happenings: new Happenings(), failures: [] };
  for (const seed of seeds) {
    const violations = await violationsOf(seed, expected, tally.happenings);
    tally.schedules += 1;
    if (violations.length > 0) tally.failures.push({ seed, violations });
    onProgress(tally);
    if (tally.failures.length >= FAILURES_MAX) break;
  }
  return tally;
}
