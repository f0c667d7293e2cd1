/** Figures 2, 3 and 4: learning curves with every seed's accuracy. */
import { formatAccuracy, formatLambda } from '../numbers.js';
import type { PlotDocument } from '../plots/figure.js';
import { formatMean } from '../reproduction/comparison.js';
import type { FigureReport, ReproductionReport } from '../reproduction/model.js';
import type { FigureName } from '../reproduction/report-figures.js';
import { shortfallOf } from '../standing.js';
import { type Markup, html } from './markup.js';
import { curvesPlot } from './plots.js';

const HEADINGS: Readonly<Record<FigureName, string>> = {
  fig2: 'Figure 2: one cycle of the learning rate',
  fig3: 'Figure 3: three cycles',
  fig4: 'Figure 4: the final training',
};

export function figureSection(document: PlotDocument, report: ReproductionReport, name: FigureName): Markup {
  const figure = report.figures[name];
  const heading = HEADINGS[name];
  const lacking = shortfallOf(figure.statistics);
  return html`<section id="${name}">
    <h2>${heading}</h2>
    <p>
      λ = ${formatLambda(figure.lambda)}. Validation accuracy after the last step:
      <strong>${formatMean(figure.statistics)}</strong>${lacking === '' ? '' : ` (${lacking})`}; the report:
      ${formatAccuracy(figure.report)}.
    </p>
    <figure>
      ${curvesPlot(document, name, figure, heading)}
      <figcaption>
        Mean over the seeds; the band spans the lowest and the highest seed.${seedsSentence(figure)}
      </figcaption>
    </figure>
  </section>`;
}

function seedsSentence({ runs }: FigureReport): string {
  if (runs.length === 0) return '';
  const seeds = runs.map(({ seed, validationAccuracy, outcome }) =>
    validationAccuracy === null ? `${seed}: ${outcome}` : `${seed}: ${formatAccuracy(validationAccuracy)}`,
  );
  return ` By seed, ${seeds.join('; ')}.`;
}
