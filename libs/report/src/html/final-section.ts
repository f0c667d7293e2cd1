/** The final training with the chosen λ and with the report's, and the test set. */
import { formatAccuracy, formatInterval, formatLambda, formatPoints } from '../numbers.js';
import type { FinalRow, ReproductionReport } from '../reproduction/model.js';
import { type Markup, html } from './markup.js';
import { type TableRow, table } from './table.js';

export function finalSection({ final }: ReproductionReport): Markup {
  return html`<section id="final">
    <h2>Final training and test set</h2>
    <p>
      The report’s set-up: 49,000 training and 1,000 validation images; with seeds that had no part in
      choosing λ. The winner’s validation accuracy is biased upwards because these images chose λ; the test
      set, evaluated once for the chosen λ, is not.
    </p>
    ${table(
      [
        { header: 'λ' },
        { header: 'validation', kind: 'number' },
        { header: 'n', kind: 'number' },
        { header: 'sd', kind: 'number' },
        { header: 'se', kind: 'number' },
        { header: '95 % interval', kind: 'number' },
        { header: 'report', kind: 'number' },
        { header: 'test', kind: 'number' },
        { header: 'by seed: validation (test)' },
      ],
      [rowOf('ours', final), rowOf('the report’s', final.atReportLambda)],
      { stacks: true },
    )}
  </section>`;
}

function rowOf(whose: string, row: FinalRow): TableRow {
  const { statistics } = row;
  return {
    cells: [
      `${formatLambda(row.lambda)}, ${whose}`,
      formatAccuracy(row.validationAccuracy),
      statistics.n === statistics.planned ? String(statistics.n) : `${statistics.n} of ${statistics.planned}`,
      formatPoints(statistics.standardDeviation),
      formatPoints(statistics.standardError),
      formatInterval(row.interval95),
      formatAccuracy(row.report),
      formatAccuracy(row.testAccuracy),
      row.runs.map(seedText).join('; '),
    ],
  };
}

function seedText({ seed, outcome, validationAccuracy, testAccuracy }: FinalRow['runs'][number]): string {
  const test = testAccuracy === null ? '' : ` (${formatPoints(testAccuracy)})`;
  return `${seed}: ${validationAccuracy === null ? outcome : formatPoints(validationAccuracy)}${test}`;
}
