/** A search over λ: the plot, what it says, and every trial with every seed. */
import { NO_NUMBER, formatAccuracy, formatInterval, formatLambda, formatPoints } from '../numbers.js';
import type { PlotDocument } from '../plots/figure.js';
import type { RunReport, StageReport, TrialReport } from '../reproduction/model.js';
import { isSameLambda } from '../reproduction/report-figures.js';
import { STANDING_WORDS, shortfallOf } from '../standing.js';
import { type Markup, html } from './markup.js';
import { lambdaPlot } from './plots.js';
import { type TableRow, table } from './table.js';
import { unbrokenNumbers } from './unbroken-numbers.js';

export function stageSection(document: PlotDocument, stage: StageReport): Markup {
  const name = stage.name.charAt(0).toUpperCase() + stage.name.slice(1);
  const best = stage.bestThree.map(
    (point) => `${formatAccuracy(point.validationAccuracy)} at λ ${formatLambda(point.lambda)}`,
  );
  return html`<section id="${stage.name}">
    <h2>${name} search over λ</h2>
    <p class="verdict">${unbrokenNumbers(stage.verdict)}</p>
    ${stage.sureness.length === 0 ? '' : html`<p>${unbrokenNumbers(stage.sureness.join(' '))}</p>`}
    <figure>
      ${lambdaPlot(document, stage)}
      <figcaption>
        ${best.length === 0 ? '' : unbrokenNumbers(`Our highest means: ${best.join(', ')}. `)}Small dots are
        single seeds; the bar is the 95 % interval of the mean over seeds. λ that would cover each other are
        drawn side by side.
      </figcaption>
    </figure>
    ${stage.trials.length === 0 ? html`<p class="quiet">No trial of this stage is known.</p>` : trialsTable(stage)}
  </section>`;
}

function trialsTable(stage: StageReport): Markup {
  const seeds = [...new Set(stage.trials.flatMap(({ runs }) => runs.map(({ seed }) => seed)))].sort(
    (a, b) => a - b,
  );
  return table(
    [
      { header: 'λ', kind: 'number' },
      { header: 'mean', kind: 'number' },
      { header: 'n', kind: 'number' },
      { header: 'sd', kind: 'number' },
      { header: 'se', kind: 'number' },
      { header: '95 % interval', kind: 'number' },
      ...seeds.map((seed) => ({ header: `seed ${seed}`, kind: 'number' as const })),
      { header: 'report', kind: 'number' },
      { header: 'against the best' },
    ],
    stage.trials
      .toSorted((a, b) => (a.lambda ?? 0) - (b.lambda ?? 0))
      .map((trial) => rowOf(trial, stage, seeds)),
    { caption: 'Validation accuracy in %; sd and se (standard deviation and error over seeds) in points' },
  );
}

function rowOf(trial: TrialReport, stage: StageReport, seeds: readonly number[]): TableRow {
  const theirs = stage.reportBestThree.find(
    ({ lambda }) => trial.lambda !== null && isSameLambda(lambda, trial.lambda),
  );
  const lacking = shortfallOf(trial);
  return {
    emphasis: trial.standing,
    cells: [
      formatLambda(trial.lambda),
      formatPoints(trial.mean),
      trial.n === trial.planned ? String(trial.n) : `${trial.n} of ${trial.planned}`,
      formatPoints(trial.standardDeviation),
      formatPoints(trial.standardError),
      formatInterval(trial.interval95).replace(' %', ''),
      ...seeds.map((seed) => seedCell(trial.runs.find((run) => run.seed === seed))),
      theirs === undefined ? '' : formatPoints(theirs.validationAccuracy),
      STANDING_WORDS[trial.standing] + (lacking === '' ? '' : `; ${lacking}`),
    ],
  };
}

function seedCell(run: RunReport | undefined): string {
  if (run === undefined) return NO_NUMBER;
  return run.validationAccuracy === null ? run.outcome : formatPoints(run.validationAccuracy);
}
