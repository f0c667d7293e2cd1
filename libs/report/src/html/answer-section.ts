/** The answer first: ours beside the report's, and what may be said about λ. */
import type { ComparisonRow } from '../reproduction/comparison.js';
import type { ReproductionReport } from '../reproduction/model.js';
import { type Markup, html } from './markup.js';
import { type TableRow, table } from './table.js';
import { unbrokenNumbers } from './unbroken-numbers.js';

export function answerSection(report: ReproductionReport, rows: readonly ComparisonRow[]): Markup {
  const verdicts = report.stages.map(
    (stage) =>
      html`<p class="verdict">
        <strong>${capitalised(stage.name)} search.</strong> ${unbrokenNumbers(stage.verdict)}
      </p>`,
  );
  return html`<section id="answer">
    <h2>Ours beside the report’s</h2>
    ${verdicts}
    ${table(
      [
        { header: 'setting' },
        { header: 'ours' },
        { header: 'report', kind: 'number' },
        { header: 'verdict' },
      ],
      rows.flatMap((row, index) => [...headingOf(row, rows[index - 1]), rowOf(row)]),
      { caption: 'Validation accuracy: mean ± half width of the 95 % interval over n seeds', stacks: true },
    )}
  </section>`;
}

function headingOf(row: ComparisonRow, previous: ComparisonRow | undefined): TableRow[] {
  return row.part === previous?.part ? [] : [{ cells: [capitalised(row.part)], emphasis: 'group' }];
}

function rowOf({ setting, ours, theirs, outcome, verdict }: ComparisonRow): TableRow {
  return { cells: [setting, ours, theirs, html`<span class="${outcome}">${verdict}</span>`] };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
