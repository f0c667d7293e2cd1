/** The report's figure 1: analytic against numeric gradient. */
import { formatScientific, formatShare } from '../numbers.js';
import type { GradientCheckReport } from '../reproduction/model.js';
import { PARAMETER_GROUPS } from '../reproduction/report-figures.js';
import { type Markup, html } from './markup.js';
import { table } from './table.js';

export function gradientSection(check: GradientCheckReport | null): Markup {
  return html`<section id="gradient-check">
    <h2>Figure 1: gradient check</h2>
    ${check === null ? html`<p class="quiet">The check has not been committed.</p>` : checked(check)}
  </section>`;
}

function checked(check: GradientCheckReport): Markup {
  const error = (value: number) => formatScientific(value, 3);
  return html`<p>
      Absolute difference between the analytic and the numeric gradient on the first ${check.samples} samples.
      Ours is the gradient that trains the networks, against central differences in double precision;
      “reference” is our double-precision gradient against the same differences. The check
      ${check.passed ? 'passed' : 'failed'}.
    </p>
    ${table(
      [
        { header: 'group' },
        { header: 'largest, ours', kind: 'number' },
        { header: 'reference', kind: 'number' },
        { header: 'report', kind: 'number' },
        { header: 'below 1e-6, ours', kind: 'number' },
        { header: 'reference', kind: 'number' },
        { header: 'report', kind: 'number' },
      ],
      PARAMETER_GROUPS.map((group) => ({
        cells: [
          group,
          error(check.maxError[group]),
          error(check.reference.maxError[group]),
          error(check.report.maxError[group]),
          formatShare(check['shareBelow1e-6'][group]),
          formatShare(check.reference['shareBelow1e-6'][group]),
          formatShare(check.report['shareBelow1e-6'][group]),
        ],
      })),
      { caption: 'Largest absolute error, and share of the errors below 1e-6' },
    )}`;
}
