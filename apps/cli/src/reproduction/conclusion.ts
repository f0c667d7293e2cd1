/** What a reproduction prints at its end: ours beside the report's, and the answer in words. */
import {
  comparisonRows,
  evaluationCost,
  formatAccuracy,
  formatInterval,
  formatLambda,
  renderComparisonTable,
  type ReproductionReport,
  timeOfStages,
} from '@seedbed/report';
import { type CliContext, usesColors } from '../cli-context.js';
import type { PartName } from './part-names.js';

/** Rows of the comparison that a part fills. */
const ROWS_OF_PART: Readonly<Record<PartName, readonly string[]>> = {
  'gradient-check': ['gradient check'],
  figures: ['figure 2', 'figure 3'],
  coarse: ['coarse search'],
  fine: ['fine search'],
  final: ['fine search', 'final'],
};

/** Wide enough that the verdict stands on the row's own line. */
const WIDTH_ELSEWHERE = 110;

export function comparisonOf(report: ReproductionReport, part: PartName | null, context: CliContext): string {
  const rows = comparisonRows(report).filter((row) => part === null || ROWS_OF_PART[part].includes(row.part));
  return renderComparisonTable(rows, {
    width: context.stdout.columns ?? WIDTH_ELSEWHERE,
    color: usesColors(context.stdout, context.environment),
  });
}

/** The answer in sentences, for what has been trained. */
export function answerInWords(report: ReproductionReport): string[] {
  const lines: string[] = [];
  if (report.gradientCheck !== null) {
    lines.push(
      `Gradient check: ${report.gradientCheck.passed ? 'passed' : 'FAILED'} on the first ${report.gradientCheck.samples} samples.`,
    );
  }
  for (const stage of report.stages) {
    if (stage.planned > 0) lines.push(`${capitalised(stage.name)} search: ${stage.verdict}`);
  }
  const { final } = report;
  if (final.validationAccuracy !== null) {
    const tested =
      final.testAccuracy === null ? '' : `, ${formatAccuracy(final.testAccuracy)} on the test set`;
    lines.push(
      `Final: with λ = ${formatLambda(final.lambda)}, ${formatAccuracy(final.validationAccuracy)} validation accuracy ` +
        `(95 % interval ${formatInterval(final.interval95)}, n ${final.statistics.n})${tested}; ` +
        `the report has ${formatAccuracy(final.report)} from one training.`,
    );
  }
  const cost = evaluationCost(timeOfStages(report.timings));
  if (cost !== null) lines.push(`Time: ${cost}.`);
  return lines;
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
