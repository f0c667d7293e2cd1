/** How sure a stage's answer is, in sentences that need no statistics to be read. What is behind them: docs/statistics.md. */
import type { StageComparison, StageSummary, TrialComparison } from '@seedbed/contracts';
import { prunedSentence, rungSentence } from './pruning-sentences.js';
import { raceSentence } from './race-sentence.js';
import { formatCount, formatPoints, formatWins } from './numbers.js';
import { type ScoreText, scoreText } from './score-text.js';
import { parameterNames, trialLabel } from './trial-label.js';

/** Trials named in a list of winners; the rest are left to the table. */
const WINNERS_NAMED = 3;
const SPREAD_IN_DOUBT_P = 0.01;
/** Standard errors to either side of a 95 % interval. */
const NORMAL_QUANTILE = 1.96;

/** Empty while a run is missing. */
export function stageAnswer(stage: StageSummary): string[] {
  const { comparison } = stage;
  if (comparison === null) return rungSentence(stage);
  const name = namer(stage);
  const score = scoreText(stage.measure);
  if (comparison.trials.length === 1) return [...prunedSentence(stage), ...imagesSentence(comparison)];
  return [
    chosenSentence(comparison, name, score),
    ...raceSentence(comparison),
    ...prunedSentence(stage),
    ...verdictSentence(comparison, score),
    redrawSentence(comparison, name, score),
    ...moreSeedsSentence(comparison, score),
    ...imagesSentence(comparison),
    ...spreadSentence(comparison, name),
  ];
}

type Namer = (trialIndex: number) => string;

function namer(stage: StageSummary): Namer {
  const names = parameterNames(stage);
  const byIndex = new Map(stage.trials.map((trial) => [trial.index, trialLabel(trial, names)]));
  return (trialIndex) => byIndex.get(trialIndex) ?? `trial ${trialIndex}`;
}

function chosenSentence(
  { chosen, trials, seeds }: StageComparison,
  name: Namer,
  { difference, interval, unit, best }: ScoreText,
): string {
  const how =
    chosen.rule === 'one-standard-error'
      ? `the largest λ within one standard error of the ${best} mean`
      : `the ${best} mean`;
  const choice = `Chosen: ${name(chosen.trialIndex)}, ${how}.`;
  if (seeds === 1) return `${choice} With one seed nothing says how sure that is.`;
  const bound = trials.find(({ index }) => index === chosen.trialIndex)?.regretBound ?? null;
  const cost = `Choosing it costs at most ${difference(bound)}${unit} against any other (95 %).`;
  const mean = `Its mean over further seeds lies in ${interval(chosen.interval95)} (95 %, allowing for the choice).`;
  return [choice, ...(bound === null ? [] : [cost]), ...(chosen.interval95 === null ? [] : [mean])].join(' ');
}

function verdictSentence(
  { trials, delta, seeds }: StageComparison,
  { difference, unit }: ScoreText,
): string[] {
  if (seeds === 1) return [];
  const count = (verdict: TrialComparison['verdict']) =>
    trials.filter((trial) => trial.verdict === verdict).length;
  const [equivalent, unresolved] = [count('equivalent'), count('unresolved')];
  if (equivalent + unresolved === 0) return ['Every other trial is excluded as the best.'];
  if (delta === null) {
    return [
      `${trialsWord(unresolved)} may be as good or better; answer.delta in a sweep file says which differences matter.`,
    ];
  }
  const are = equivalent === 1 ? 'is' : 'are';
  const close = `${trialsWord(equivalent)} ${are} equivalent to the best within ${difference(delta)}${unit}`;
  if (unresolved === 0) return [`${close}; every other is excluded.`];
  return [`${close}; ${unresolved} unresolved: more seeds would tell.`];
}

function redrawSentence({ trials, redraws }: StageComparison, name: Namer, { best }: ScoreText): string {
  const winners = trials
    .filter(({ winShare }) => winShare > 0)
    .toSorted((a, b) => b.winShare - a.winShare || a.index - b.index);
  const named = winners
    .slice(0, WINNERS_NAMED)
    .map(({ index, winShare }) => `${name(index)} ${formatWins(winShare)}`)
    .join('; ');
  return `Drawing the seeds again (${formatCount(redraws)} times), the ${best} mean would be: ${named}.`;
}

function moreSeedsSentence({ moreSeeds }: StageComparison, { difference, unit }: ScoreText): string[] {
  if (moreSeeds.length === 0) return [];
  const parts = moreSeeds.map(
    ({ seeds, regretBound, unresolved }) =>
      `${seeds} seeds: at most ${difference(regretBound)}${unit}, ${unresolved} unresolved`,
  );
  return [`If means and spreads stay as they are, more seeds would bring: ${parts.join('; ')}.`];
}

function imagesSentence({ images }: StageComparison): string[] {
  if (images === null) return [];
  const half = formatPoints(NORMAL_QUANTILE * images.standardErrorMax);
  return [
    `All this is about these ${formatCount(images.count)} validation images; on new images an accuracy may lie up to ±${half} points off for that reason alone (95 %).`,
  ];
}

function spreadSentence({ spread }: StageComparison, name: Namer): string[] {
  if (spread === null) return [];
  const sentences: string[] = [];
  const { apart, equalSpreadP } = spread;
  if (apart.length > 0) {
    const names = apart.slice(0, WINNERS_NAMED).map(name).join('; ');
    const more = apart.length > WINNERS_NAMED ? ` and ${apart.length - WINNERS_NAMED} more` : '';
    sentences.push(`Compared by their own spread, which is unlike the others’: ${names}${more}.`);
  }
  if (equalSpreadP !== null && equalSpreadP < SPREAD_IN_DOUBT_P) {
    sentences.push(
      `The others’ spreads differ too (p = ${equalSpreadP.toPrecision(1)}): take the 95 % for less.`,
    );
  }
  return sentences;
}

function trialsWord(count: number): string {
  return count === 1 ? '1 other trial' : `${count} other trials`;
}
