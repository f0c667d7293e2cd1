/** The trials of any stage on a terminal: mean, n of planned, sd, se and interval together, and what is missing. */
import type { StageComparison, StageSummary, TrialSummary } from '@seedbed/contracts';
import { NO_NUMBER, formatParameter, formatWins, parameterLabel } from '../numbers.js';
import { type ScoreText, scoreText } from '../score-text.js';
import { stageAnswer } from '../stage-answer.js';
import { parameterNames } from '../trial-label.js';
import { type Standing, shortfallOf, standingOf } from '../standing.js';
import { STANDING_MARKS, printable, toAscii } from './glyphs.js';
import { PAINTS, type Paint, plain } from './paint.js';
import { type TextColumn, type TextRow, textTable, wrap } from './text-table.js';
import type { TerminalOptions } from './terminal-options.js';

const PAINT_OF: Readonly<Record<Standing, Paint>> = {
  best: PAINTS.bold,
  equivalent: plain,
  'not-told-apart': plain,
  'told-apart': PAINTS.dim,
  'not-compared': PAINTS.yellow,
};

export function renderTrialsTable(
  stage: StageSummary,
  { width = 80, color = false, ascii = false }: TerminalOptions = {},
): string {
  const show = (text: string) => (ascii ? toAscii(printable(text)) : printable(text));
  const measured = stage.measure === undefined ? '' : `, ${stage.measure.name}`;
  const heading = show(`${stage.stage}: ${stage.committed} of ${stage.planned} runs${measured}`);
  if (stage.trials.length === 0) return `${heading}\nno trial is planned yet`;
  const names = parameterNames(stage);
  const shown = columnsShown(stage, names);
  const rows = inParameterOrder(stage, names).map((trial): TextRow => {
    const standing = standingOf(stage, trial.index);
    return {
      cells: [STANDING_MARKS[standing], ...trialCells(trial, shown)].map(show),
      paint: color ? PAINT_OF[standing] : plain,
    };
  });
  const table = textTable(
    columnsOf(shown).map((column) => ({ ...column, header: show(column.header) })),
    rows,
    { width, heading: color ? PAINTS.bold : plain },
  );
  return [heading, table, ...legend(stage).flatMap((line) => wrap(show(line), width))].join('\n');
}

/** Trials as a reader looks for them: by rising parameter values rather than by index. */
export function inParameterOrder(stage: StageSummary, names: readonly string[]): TrialSummary[] {
  return stage.trials.toSorted((a, b) => {
    for (const name of names) {
      const difference = (a.parameters[name] ?? 0) - (b.parameters[name] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.index - b.index;
  });
}

/** Whether some run is missing or diverged: only then there is a column that says so. */
function hasShortfall(stage: StageSummary): boolean {
  return stage.trials.some((trial) => shortfallOf(trial) !== '');
}

/** One trial has nothing to compare with. */
function comparedIn({ comparison }: StageSummary): StageComparison | null {
  return comparison !== null && comparison.trials.length > 1 ? comparison : null;
}

export function columnsShown(stage: StageSummary, names: readonly string[]): TrialColumns {
  return {
    names,
    lacking: hasShortfall(stage),
    comparison: comparedIn(stage),
    score: scoreText(stage.measure),
  };
}

/** What a table of trials shows beside mean, n, deviation, error and interval. */
export interface TrialColumns {
  readonly names: readonly string[];
  /** What is missing of each trial. */
  readonly lacking: boolean;
  /** What choosing each trial may cost, and how often it would win. */
  readonly comparison: StageComparison | null;
  readonly score: ScoreText;
}

/** The cells that every rendering of a trial shows. */
export function trialCells(
  trial: TrialSummary,
  { names, lacking, comparison, score }: TrialColumns,
): string[] {
  return [
    ...(names.length === 0 ? [`trial ${trial.index}`] : []),
    ...names.map((name) => {
      const value = trial.parameters[name];
      return value === undefined ? '' : formatParameter(name, value);
    }),
    score.mean(trial.mean),
    `${trial.n}/${trial.planned}`,
    score.difference(trial.standardDeviation),
    score.difference(trial.standardError),
    score.interval(trial.interval95),
    ...(comparison === null ? [] : comparisonCells(comparison, trial.index, score)),
    ...(lacking ? [shortfallOf(trial)] : []),
  ];
}

function comparisonCells({ trials }: StageComparison, trialIndex: number, score: ScoreText): string[] {
  const compared = trials.find(({ index }) => index === trialIndex);
  return [
    score.difference(compared?.regretBound ?? null),
    compared === undefined ? NO_NUMBER : formatWins(compared.winShare),
  ];
}

export function trialHeaders({ names, lacking, comparison }: TrialColumns): string[] {
  return [
    ...(names.length === 0 ? ['trial'] : names.map(parameterLabel)),
    ...['mean', 'n', 'sd', 'se', '95 % interval'],
    ...(comparison === null ? [] : ['costs ≤', 'wins']),
    ...(lacking ? ['runs lacking'] : []),
  ];
}

function columnsOf(shown: TrialColumns): TextColumn[] {
  const headers = trialHeaders(shown);
  return ['', ...headers].map((header, index): TextColumn => {
    if (index === 0) return { header, align: 'left' };
    if (shown.lacking && index === headers.length) return { header, align: 'left', wraps: true };
    return { header, align: 'right' };
  });
}

/** What the marks mean, for the marks that occur, and why a run is missing, as far as it is known. */
function legend(stage: StageSummary): string[] {
  const meaning: Readonly<Record<Standing, string>> = {
    best: 'best',
    equivalent: 'equivalent to the best',
    'not-told-apart': 'not told apart from the best at 95 %',
    'told-apart': 'told apart',
    'not-compared': 'not compared',
  };
  const present = new Set(stage.trials.map((trial) => standingOf(stage, trial.index)));
  const marks = (Object.keys(meaning) as Standing[])
    .filter((standing) => present.has(standing))
    .map((standing) => `${STANDING_MARKS[standing]} ${meaning[standing]}`);
  const answer = stageAnswer(stage).map((sentence) => `- ${together(sentence)}`);
  return ['', marks.join('   '), ...(answer.length === 0 ? [] : ['', ...answer]), ...reasonsOf(stage)];
}

/** A number and what it counts stay on one line. */
function together(text: string): string {
  return text.replace(/(\d|[λ≤]) (?=\S)/g, '$1\u00a0');
}

/** At most this many reasons below a table; the rest are counted. */
const REASONS_MAX = 5;

function reasonsOf(stage: StageSummary): string[] {
  const reasons = stage.trials.flatMap((trial) =>
    trial.runs
      .filter((run) => run.reason !== null)
      .map((run) => `trial ${trial.index}, seed ${run.seed}: ${run.outcome}, ${run.reason ?? ''}`),
  );
  const rest = reasons.length - REASONS_MAX;
  return rest > 0 ? [...reasons.slice(0, REASONS_MAX), `and ${rest} more`] : reasons;
}
