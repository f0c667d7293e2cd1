/** Plots, numbers and words for a browser: nothing here needs Node. */
export { type PlotDocument, type FigureOptions } from './plots/figure.js';
export { type Palette, FIXED_PALETTE, THEMED_PALETTE, plotVariables } from './plots/palette.js';
export { type LearningCurvesData, learningCurves } from './plots/learning-curves.js';
export { type MeasuredBar, type MeasuredBarsData, measuredBars } from './plots/measured-bars.js';
export { type AccuracyOverLambdaData, accuracyOverLambda } from './plots/accuracy-over-lambda.js';
export { type Standing, STANDING_WORDS, standingOf, shortfallOf } from './standing.js';
export { stageAnswer } from './stage-answer.js';
export { parameterNames, trialLabel } from './trial-label.js';
export { learningRateTrace } from './reproduction/learning-rate-trace.js';
export { meanCurve, curveReportPoints } from './reproduction/mean-curve.js';
export {
  NO_NUMBER,
  abbreviateDigest,
  formatAccuracy,
  formatCount,
  formatDuration,
  formatInterval,
  formatParameter,
  formatPoints,
  formatShare,
  formatWins,
  parameterLabel,
} from './numbers.js';
