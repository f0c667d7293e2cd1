/** The plots alone, for a browser: nothing here needs Node. */
export { type PlotDocument, type FigureOptions } from './plots/figure.js';
export { type Palette, FIXED_PALETTE, THEMED_PALETTE, plotVariables } from './plots/palette.js';
export { type LearningCurvesData, learningCurves } from './plots/learning-curves.js';
export { type MeasuredBar, type MeasuredBarsData, measuredBars } from './plots/measured-bars.js';
export { type AccuracyOverLambdaData, accuracyOverLambda } from './plots/accuracy-over-lambda.js';
