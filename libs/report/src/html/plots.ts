/** A plot in two sizes, of which the stylesheet shows the one that fits: an SVG scaled down has unreadable labels. */
import { accuracyOverLambda } from '../plots/accuracy-over-lambda.js';
import type { FigureOptions, PlotDocument } from '../plots/figure.js';
import { learningCurves } from '../plots/learning-curves.js';
import { THEMED_PALETTE } from '../plots/palette.js';
import { formatAccuracy } from '../numbers.js';
import type { FigureReport, StageReport } from '../reproduction/model.js';
import { type Markup, html, trustedMarkup } from './markup.js';

const SIZES = [
  { name: 'wide-plot', width: 760 },
  { name: 'narrow-plot', width: 340 },
] as const;

export function curvesPlot(document: PlotDocument, id: string, figure: FigureReport, title: string): Markup {
  return inBothSizes(id, (options) =>
    learningCurves(
      document,
      {
        title,
        mean: figure.curve,
        seeds: figure.runs.map(({ curve }) => curve).filter((curve) => curve.length > 0),
        learningRate: figure.learningRate,
        reference: { label: `the report, ${formatAccuracy(figure.report)}`, accuracy: figure.report },
      },
      options,
    ),
  );
}

export function lambdaPlot(document: PlotDocument, stage: StageReport): Markup {
  return inBothSizes(stage.name, (options) =>
    accuracyOverLambda(
      document,
      {
        title: `Validation accuracy over λ, ${stage.name} search`,
        trials: stage.trials,
        reportPoints: stage.reportBestThree,
      },
      options,
    ),
  );
}

function inBothSizes(id: string, draw: (options: FigureOptions) => string): Markup {
  const plots = SIZES.map(
    ({ name, width }) =>
      html`<div class="${name}">
        ${trustedMarkup(draw({ id: `${id}-${name}`, width, palette: THEMED_PALETTE }))}
      </div>`,
  );
  return html`${plots}`;
}
