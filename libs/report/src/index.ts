export {
  NO_NUMBER,
  formatAccuracy,
  formatPoints,
  formatInterval,
  formatLambda,
  formatParameter,
  formatScientific,
  formatDuration,
  formatCount,
  formatShare,
  abbreviateDigest,
  parameterLabel,
} from './numbers.js';
export { type Standing, STANDING_WORDS, standingOf, shortfallOf } from './standing.js';
export { type PlotDocument, type FigureOptions } from './plots/figure.js';
export { type Palette, FIXED_PALETTE, THEMED_PALETTE, plotVariables } from './plots/palette.js';
export { createPlotDocument } from './plots/plot-document.js';
export { type LearningCurvesData, learningCurves } from './plots/learning-curves.js';
export { type MeasuredBar, type MeasuredBarsData, measuredBars } from './plots/measured-bars.js';
export { type AccuracyOverLambdaData, accuracyOverLambda } from './plots/accuracy-over-lambda.js';
export type {
  ReproductionReport,
  FigureReport,
  StageReport,
  TrialReport,
  FinalReport,
  FinalRow,
  GradientCheckReport,
  CurveReportPoint,
  SeedStatistics,
  MachineInfo,
  Timings,
  StageTiming,
} from './reproduction/model.js';
export { REPRODUCTION_STAGES } from './reproduction/stage-names.js';
export {
  REPORT_SOURCE,
  REPORT_GRADIENT_CHECK,
  REPORT_FIGURES,
  REPORT_BEST_THREE,
  REPORT_FINAL,
} from './reproduction/report-figures.js';
export {
  type ReproductionInput,
  reproductionReport,
  trialReport,
} from './reproduction/reproduction-report.js';
export { timeOfStages, timingsFromCommits } from './reproduction/timings-from-commits.js';
export { learningRateTrace } from './reproduction/learning-rate-trace.js';
export { meanCurve, curveReportPoints } from './reproduction/mean-curve.js';
export { type LambdaVerdictInput, lambdaVerdict } from './reproduction/lambda-verdict.js';
export { type ComparisonRow, type ComparisonOutcome, comparisonRows } from './reproduction/comparison.js';
export { renderComparisonMarkdown } from './reproduction/comparison-markdown.js';
export { type TerminalOptions } from './text/terminal-options.js';
export { renderComparisonTable } from './text/comparison-table.js';
export { renderTrialsTable } from './text/trials-table.js';
export { renderTrialsMarkdown } from './text/trials-markdown.js';
export { evaluationCost } from './text/evaluation-cost.js';
export { testLooksLine } from './text/test-looks-line.js';
export { renderDotPlot } from './text/dot-plot.js';
export { type ReproductionHtmlOptions, renderReproductionHtml } from './html/reproduction-html.js';
