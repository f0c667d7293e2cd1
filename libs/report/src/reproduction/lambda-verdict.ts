/** What a stage says about λ, in words, computed from which trials are told apart from the best. */
import { formatAccuracy, formatLambda } from '../numbers.js';
import { isTied } from '../standing.js';
import type { ReportPoint } from './report-figures.js';
import { isSameLambda } from './report-figures.js';
import type { TrialReport } from './model.js';

export interface LambdaVerdictInput {
  readonly trials: readonly TrialReport[];
  readonly planned: number;
  readonly committed: number;
  /** The report’s best λ, best first; empty for a sweep of one's own. */
  readonly reportBest: readonly ReportPoint[];
}

export function lambdaVerdict({ trials, planned, committed, reportBest }: LambdaVerdictInput): string {
  const best = trials.find((trial) => trial.standing === 'best');
  if (best === undefined) {
    return committed < planned
      ? `${committed} of ${planned} runs are committed: no best λ is named before the last one.`
      : 'No trial is complete, so no best λ is named.';
  }
  const sentences = [
    `The highest mean is ${formatAccuracy(best.mean)} at λ = ${formatLambda(best.lambda)}.`,
    tiedSentence(trials, best),
  ];
  if (reportBest.length > 0) sentences.push(reportSentence(trials, reportBest));
  return sentences.join(' ');
}

function tiedSentence(trials: readonly TrialReport[], best: TrialReport): string {
  const compared = trials
    .filter((trial) => trial.standing !== 'not-compared')
    .toSorted((a, b) => (a.lambda ?? 0) - (b.lambda ?? 0));
  const tied = compared.filter((trial) => isTied(trial.standing));
  const withSeeds = best.n === 1 ? 'with 1 seed' : `with ${best.n} seeds`;
  if (compared.length === 1) return 'There is no other complete trial to compare it with.';
  if (tied.length === 0) return `Every other λ is told apart from it ${withSeeds}.`;
  if (tied.length === compared.length - 1) {
    return `No other λ of the ${compared.length} can be told from the best ${withSeeds}.`;
  }
  const range = contiguousRange(compared);
  if (range !== null) return `No λ ${range} can be told from the best ${withSeeds}.`;
  return `λ = ${list(tied.map((trial) => formatLambda(trial.lambda)))} cannot be told from the best ${withSeeds}.`;
}

/** Words for the tied trials and the best when no trial between them is told apart; otherwise null. */
function contiguousRange(compared: readonly TrialReport[]): string | null {
  const among = (trial: TrialReport) => trial.standing !== 'told-apart';
  const first = compared.findIndex(among);
  const last = compared.findLastIndex(among);
  if (!compared.slice(first, last + 1).every(among)) return null;
  const low = formatLambda(compared[first]?.lambda ?? null);
  const high = formatLambda(compared[last]?.lambda ?? null);
  if (first === 0) return `up to ${high}`;
  if (last === compared.length - 1) return `from ${low} up`;
  return `from ${low} to ${high}`;
}

function reportSentence(trials: readonly TrialReport[], reportBest: readonly ReportPoint[]): string {
  const found = reportBest.map(({ lambda }) => ({
    lambda: formatLambda(lambda),
    standing: trials.find((trial) => trial.lambda !== null && isSameLambda(trial.lambda, lambda))?.standing,
  }));
  const among = found.filter(
    ({ standing }) => standing === 'best' || (standing !== undefined && isTied(standing)),
  );
  const apart = found.filter(({ standing }) => standing === 'told-apart');
  const names = (some: typeof found) => list(some.map(({ lambda }) => lambda));
  const all = `The report’s best ${countWord(found.length)} (${names(found)})`;
  if (among.length === found.length) {
    return `${all} are all among those: their order cannot be told from chance.`;
  }
  if (apart.length === found.length) return `${all} are all told apart from our best.`;
  if (among.length + apart.length === 0) return `${all} were not compared here.`;
  const parts = [];
  if (among.length > 0) parts.push(`${names(among)} cannot be told from our best`);
  if (apart.length > 0) parts.push(`${names(apart)} can`);
  return `Of the report’s best ${countWord(found.length)}, ${parts.join('; ')}.`;
}

function countWord(count: number): string {
  return ['none', 'one', 'two', 'three'][count] ?? String(count);
}

function list(words: readonly string[]): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
