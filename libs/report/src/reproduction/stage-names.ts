/** The stages of the reproduction's sweep file, by which the report finds its parts. */
export const REPRODUCTION_STAGES = {
  gradientCheck: 'gradient-check',
  figure2: 'figure-2',
  figure3: 'figure-3',
  coarse: 'coarse',
  fine: 'fine',
  final: 'final',
  finalAtReportLambda: 'final-report',
} as const;
