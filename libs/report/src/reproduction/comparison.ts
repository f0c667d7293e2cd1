/** Ours beside the report's, row by row: the one list that terminal, Markdown and HTML all show. */
import {
  NO_NUMBER,
  formatAccuracy,
  formatLambda,
  formatPoints,
  formatScientific,
  formatShare,
  halfWidthOf,
} from '../numbers.js';
import type { FigureReport, FinalRow, ReproductionReport, SeedStatistics, StageReport } from './model.js';
import {
  GRADIENT_ERROR_THRESHOLD,
  PARAMETER_GROUPS,
  REPORT_GRADIENT_CHECK,
  type ReportPoint,
  isSameLambda,
} from './report-figures.js';

/**
 * - `within`: the report's number lies within our 95 % interval (or, for the gradient check, both pass)
 * - `higher` / `lower`: ours lies above / below it (for the gradient check, `lower` means that it fails)
 * - `unknown`: not trained yet, too few seeds for an interval, or nothing in the report to compare with
 */
export type ComparisonOutcome = 'within' | 'higher' | 'lower' | 'unknown';

export interface ComparisonRow {
  readonly part: string;
  readonly setting: string;
  /** Mean ± half width of the 95 % interval, and n. */
  readonly ours: string;
  readonly theirs: string;
  readonly outcome: ComparisonOutcome;
  /** The outcome in words. */
  readonly verdict: string;
}

export function comparisonRows(report: ReproductionReport): ComparisonRow[] {
  return [
    ...gradientRows(report),
    figureRow('figure 2', '1 cycle, n_s 500', report.figures.fig2),
    figureRow('figure 3', '3 cycles, n_s 800', report.figures.fig3),
    ...report.stages.flatMap(stageRows),
    ...finalRows(report),
  ];
}

/** `51.69 % ± 0.26 (n 5)`; `(n 4 of 5)` when a planned seed is missing or diverged. */
export function formatMean({ mean, interval95, n, planned }: SeedStatistics): string {
  if (mean === null) return planned === 0 ? 'not planned' : `none of ${planned} trained`;
  const spread = interval95 === null ? '' : ` ± ${formatPoints(halfWidthOf(interval95))}`;
  return `${formatAccuracy(mean)}${spread} (n ${n}${n < planned ? ` of ${planned}` : ''})`;
}

function gradientRows({ gradientCheck }: ReproductionReport): ComparisonRow[] {
  const part = 'gradient check';
  const largest = PARAMETER_GROUPS.map((group): ComparisonRow => {
    const error = gradientCheck?.maxError[group] ?? null;
    const passes = error !== null && error < GRADIENT_ERROR_THRESHOLD;
    return {
      part,
      setting: `largest error, ${group}`,
      ours: error === null ? 'not checked' : formatScientific(error, 3),
      theirs: formatScientific(REPORT_GRADIENT_CHECK.maxError[group], 3),
      ...gradientOutcome(error === null ? null : passes, 'both below 1e-6', 'ours is not below 1e-6'),
    };
  });
  const share = gradientCheck === null ? null : Math.min(...Object.values(gradientCheck['shareBelow1e-6']));
  return [
    ...largest,
    {
      part,
      setting: 'errors below 1e-6',
      ours: share === null ? 'not checked' : formatShare(share),
      theirs: formatShare(Math.min(...Object.values(REPORT_GRADIENT_CHECK['shareBelow1e-6']))),
      ...gradientOutcome(share === null ? null : share === 1, 'all, in all four groups', 'not all of ours'),
    },
  ];
}

function gradientOutcome(passes: boolean | null, passed: string, failed: string) {
  if (passes === null) return { outcome: 'unknown', verdict: 'not checked yet' } as const;
  return passes
    ? ({ outcome: 'within', verdict: passed } as const)
    : ({ outcome: 'lower', verdict: failed } as const);
}

function figureRow(part: string, setup: string, figure: FigureReport): ComparisonRow {
  const setting = `λ ${formatLambda(figure.lambda)}, ${setup}`;
  return { part, setting, ...against(figure.statistics, figure.report) };
}

function stageRows(stage: StageReport): ComparisonRow[] {
  const part = `${stage.name} search`;
  const atReportLambda = stage.reportBestThree.map((point): ComparisonRow => {
    const trial = stage.trials.find(({ lambda }) => lambda !== null && isSameLambda(lambda, point.lambda));
    const setting = `λ ${formatLambda(point.lambda)}`;
    return { part, setting, ...against(trial ?? NOTHING_PLANNED, point.validationAccuracy) };
  });
  return [...atReportLambda, bestRow(part, stage)];
}

/** Best against best. Both were selected as the highest of several, so both are biased upwards alike. */
function bestRow(part: string, stage: StageReport): ComparisonRow {
  const trial = stage.trials.find(({ standing }) => standing === 'best');
  const theirs: ReportPoint = stage.reportBest;
  return {
    part,
    setting: `best: λ ${formatLambda(trial?.lambda ?? null)}`,
    ...(trial === undefined
      ? { ours: 'no best yet', theirs: formatAccuracy(theirs.validationAccuracy), ...NOT_TRAINED }
      : against(trial, theirs.validationAccuracy)),
  };
}

function finalRows({ final }: ReproductionReport): ComparisonRow[] {
  const part = 'final';
  const row = (setting: string, { statistics, report }: FinalRow): ComparisonRow => ({
    part,
    setting,
    ...against(statistics, report),
  });
  const tested = final.runs.filter(({ testAccuracy }) => testAccuracy !== null).length;
  return [
    row(`our λ ${formatLambda(final.lambda)}`, final),
    row(`report’s λ ${formatLambda(final.atReportLambda.lambda)}`, final.atReportLambda),
    {
      part,
      setting: 'our λ, test set',
      ours:
        final.testAccuracy === null ? 'not tested' : `${formatAccuracy(final.testAccuracy)} (n ${tested})`,
      theirs: NO_NUMBER,
      outcome: 'unknown',
      verdict: 'not in the report',
    },
  ];
}

const NOT_TRAINED = { outcome: 'unknown', verdict: 'not trained yet' } as const;

const NOTHING_PLANNED: SeedStatistics = {
  planned: 0,
  n: 0,
  diverged: 0,
  missing: 0,
  mean: null,
  standardDeviation: null,
  standardError: null,
  interval95: null,
};

type Against = Pick<ComparisonRow, 'ours' | 'theirs' | 'outcome' | 'verdict'>;

function against(statistics: SeedStatistics, theirs: number): Against {
  const shown = { ours: formatMean(statistics), theirs: formatAccuracy(theirs) };
  const { mean, interval95 } = statistics;
  if (mean === null) return { ...shown, ...NOT_TRAINED };
  const difference = `${formatPoints(Math.abs(mean - theirs))} points ${mean >= theirs ? 'higher' : 'lower'}`;
  if (interval95 === null) return { ...shown, outcome: 'unknown', verdict: `${difference}; one seed` };
  if (interval95[0] <= theirs && theirs <= interval95[1]) {
    return { ...shown, outcome: 'within', verdict: 'within our interval' };
  }
  return { ...shown, outcome: mean > theirs ? 'higher' : 'lower', verdict: difference };
}
