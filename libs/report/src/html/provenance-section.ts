/** Where the numbers come from: backend, machine, versions, digests, times, run ids; and how to read them. */
import { NO_NUMBER, abbreviateDigest, formatCount, formatDuration } from '../numbers.js';
import type { ReproductionReport } from '../reproduction/model.js';
import { timeOfStages } from '../reproduction/timings-from-commits.js';
import { evaluationCost } from '../text/evaluation-cost.js';
import { type Markup, html } from './markup.js';
import { table } from './table.js';

const BYTES_PER_GIB = 1024 ** 3;

export function provenanceSection(report: ReproductionReport): Markup {
  const { backend, machine, versions, digests, timings } = report;
  const facts: readonly (readonly [string, string])[] = [
    ['sweep', report.name],
    ['backend', `${backend.name}${backend.tensorflow === null ? '' : `, TensorFlow ${backend.tensorflow}`}`],
    ['numerics class', report.numericsClass ?? NO_NUMBER],
    ['processor', `${machine.cpu}, ${machine.cores} logical cores`],
    ['memory', `${(machine.memoryBytes / BYTES_PER_GIB).toFixed(1)} GiB`],
    ['system', machine.platform],
    ...Object.entries(versions).map(([name, version]) => [name, version ?? NO_NUMBER] as const),
    ['data SHA-256', digests.data ?? NO_NUMBER],
    ['sweep file SHA-256', digests.spec ?? NO_NUMBER],
    ['started', timings.startedAt ?? NO_NUMBER],
    ['finished', timings.finishedAt ?? NO_NUMBER],
    ['took', formatDuration(timings.totalMs)],
  ];
  const evaluation = evaluationCost(timeOfStages(timings));
  return html`<section id="provenance">
    <h2>Provenance</h2>
    <dl>
      ${facts.map(
        ([name, value]) =>
          html`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
    </dl>
    ${table(
      [
        { header: 'stage' },
        { header: 'runs', kind: 'number' },
        { header: 'time', kind: 'number' },
        { header: 'training', kind: 'number' },
        { header: 'evaluation', kind: 'number' },
      ],
      timings.stages.map(({ name, runs, wallMs, time }) => ({
        cells: [
          name,
          formatCount(runs),
          formatDuration(wallMs),
          formatDuration(time.trainingMs),
          formatDuration(time.evaluationMs),
        ],
      })),
      {
        caption:
          'Time from the start of the first training of a stage to the end of its last; training and evaluation on all cores together',
      },
    )}
    ${evaluation === null ? html`` : html`<p>All stages together: ${evaluation}.</p>`}
    <h3>Run ids</h3>
    <p class="quiet">The first digits of each run’s id, by which its record is found.</p>
    ${runIds(report)}
  </section>`;
}

function runIds(report: ReproductionReport): Markup {
  const groups = [
    ...(['fig2', 'fig3', 'fig4'] as const).map((name) => ({
      name: name.replace('fig', 'figure '),
      runs: report.figures[name].runs,
    })),
    ...report.stages.map((stage) => ({
      name: stage.name,
      runs: stage.trials.flatMap((trial) => trial.runs),
    })),
    { name: 'final, the report’s λ', runs: report.final.atReportLambda.runs },
  ];
  return html`<dl>
    ${groups.map(
      ({ name, runs }) =>
        html`<dt>${name}</dt>
          <dd>
            ${runs.length === 0 ? NO_NUMBER : runs.map(({ runId }) => html`<code>${abbreviateDigest(runId)}</code> `)}
          </dd> `,
    )}
  </dl>`;
}

export function readingSection(): Markup {
  return html`<section id="reading">
    <h2>How to read this</h2>
    <p>
      <strong>n</strong> is the number of seeds: networks trained with the same settings from different
      initial weights. A seed that is missing or diverged is counted as such and never averaged away.
    </p>
    <p>
      <strong>sd</strong> is the standard deviation over the seeds, <strong>se</strong> the standard error of
      their mean. The <strong>95 % interval</strong> is Student’s t interval of that mean. It says how far the
      mean could move with other initial weights on these validation images; other images would move it more
      (5,000 images alone: about 0.7 points, 1,000: 1.6).
    </p>
    <p>
      <strong>Not told apart</strong> means that the difference from the best, paired over the seeds, could be
      chance at 95 %. It does not mean equal: more seeds might tell. The highest of several means is also
      biased upwards, ours and the report’s alike.
    </p>
    <p>
      <strong>Within our interval</strong> in the comparison says that the report’s number lies in our 95 %
      interval. The report gives no spread of its own, and its figures 2, 3 and 4 are one network each.
    </p>
  </section>`;
}
