/** The trials of any stage on a terminal: mean, n of planned, sd, se and interval together, and what is missing. */
import type { StageSummary, TrialSummary } from '@seedbed/contracts';
import { formatAccuracy, formatInterval, formatParameter, formatPoints, parameterLabel } from '../numbers.js';
import { type Standing, shortfallOf, standingOf } from '../standing.js';
import { STANDING_MARKS, printable, toAscii } from './glyphs.js';
import { PAINTS, type Paint, plain } from './paint.js';
import { type TextColumn, type TextRow, textTable, wrap } from './text-table.js';
import type { TerminalOptions } from './terminal-options.js';

const PAINT_OF: Readonly<Record<Standing, Paint>> = {
  best: PAINTS.bold,
  'not-told-apart': plain,
  'told-apart': PAINTS.dim,
  'not-compared': PAINTS.yellow,
};

export function renderTrialsTable(
  stage: StageSummary,
  { width = 80, color = false, ascii = false }: TerminalOptions = {},
): string {
  const show = (text: string) => (ascii ? toAscii(printable(text)) : printable(text));
  const heading = show(`${stage.stage}: ${stage.committed} of ${stage.planned} runs`);
  if (stage.trials.length === 0) return `${heading}\nno trial is planned yet`;
  const names = parameterNames(stage);
  const lacking = hasShortfall(stage);
  const rows = inParameterOrder(stage, names).map((trial): TextRow => {
    const standing = standingOf(stage, trial.index);
    return {
      cells: [STANDING_MARKS[standing], ...trialCells(trial, names, lacking)].map(show),
      paint: color ? PAINT_OF[standing] : plain,
    };
  });
  const table = textTable(
    columnsOf(names, lacking).map((column) => ({ ...column, header: show(column.header) })),
    rows,
    { width, heading: color ? PAINTS.bold : plain },
  );
  return [heading, table, ...legend(stage).flatMap((line) => wrap(show(line), width))].join('\n');
}

/** Parameters that differ between trials, in alphabetical order; all of them when none does. */
export function parameterNames(stage: StageSummary): string[] {
  const all = [...new Set(stage.trials.flatMap((trial) => Object.keys(trial.parameters)))].sort();
  const varied = all.filter((name) => new Set(stage.trials.map((trial) => trial.parameters[name])).size > 1);
  return varied.length > 0 ? varied : all;
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
export function hasShortfall(stage: StageSummary): boolean {
  return stage.trials.some((trial) => shortfallOf(trial) !== '');
}

/** Parameters, mean, n, sd, se, interval: the cells that every rendering of a trial shows; `lacking` adds the shortfall. */
export function trialCells(trial: TrialSummary, names: readonly string[], lacking: boolean): string[] {
  return [
    ...(names.length === 0 ? [`trial ${trial.index}`] : []),
    ...names.map((name) => {
      const value = trial.parameters[name];
      return value === undefined ? '' : formatParameter(name, value);
    }),
    formatAccuracy(trial.mean),
    `${trial.n}/${trial.planned}`,
    formatPoints(trial.standardDeviation),
    formatPoints(trial.standardError),
    formatInterval(trial.interval95),
    ...(lacking ? [shortfallOf(trial)] : []),
  ];
}

export function trialHeaders(names: readonly string[], lacking: boolean): string[] {
  const parameters = names.length === 0 ? ['trial'] : names.map(parameterLabel);
  return [...parameters, 'mean', 'n', 'sd', 'se', '95 % interval', ...(lacking ? ['runs lacking'] : [])];
}

function columnsOf(names: readonly string[], lacking: boolean): TextColumn[] {
  const headers = trialHeaders(names, lacking);
  return ['', ...headers].map((header, index): TextColumn => {
    if (index === 0) return { header, align: 'left' };
    if (lacking && index === headers.length) return { header, align: 'left', wraps: true };
    return { header, align: 'right' };
  });
}

/** What the marks mean, for the marks that occur, and why a run is missing, as far as it is known. */
function legend(stage: StageSummary): string[] {
  const meaning: Readonly<Record<Standing, string>> = {
    best: 'best',
    'not-told-apart': 'not told apart from the best at 95 %',
    'told-apart': 'told apart',
    'not-compared': 'not compared',
  };
  const present = new Set(stage.trials.map((trial) => standingOf(stage, trial.index)));
  const marks = (Object.keys(meaning) as Standing[])
    .filter((standing) => present.has(standing))
    .map((standing) => `${STANDING_MARKS[standing]} ${meaning[standing]}`);
  return ['', marks.join('   '), ...reasonsOf(stage)];
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
