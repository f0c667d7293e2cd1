/**
 * The numbers of the report that the reproduction repeats, as its text prints them.
 * Source: R. Trost, "DD2424 Deep Learning in Data Science: Assignment 1" (two-layer network on CIFAR-10), April 2022.
 */

export const REPORT_SOURCE = 'DD2424 Deep Learning in Data Science, Assignment 1 (R. Trost, April 2022)';

/** The parameter groups of the two-layer network, in the order in which the report lists them. */
export const PARAMETER_GROUPS = ['W1', 'W2', 'b1', 'b2'] as const;
export type ParameterGroup = (typeof PARAMETER_GROUPS)[number];

/** Accuracies are ratios; `lambda` is the L2 strength at which the report found them. */
export interface ReportPoint {
  readonly lambda: number;
  readonly validationAccuracy: number;
}

/** "Figure 1": analytic against numeric gradient on the first 20 samples. */
export const REPORT_GRADIENT_CHECK = {
  samples: 20,
  maxError: {
    W1: 2.1387933624161803e-7,
    W2: 3.803785206951682e-9,
    b1: 1.581129628058786e-7,
    b2: 4.7170880906888257e-7,
  },
  'shareBelow1e-6': { W1: 1, W2: 1, b1: 1, b2: 1 },
} as const;

/** Errors from here on count as wrong in the report's check. */
export const GRADIENT_ERROR_THRESHOLD = 1e-6;

/** What the report says under a figure of learning curves; `eta` in both figures runs from 1e-5 to 1e-1. */
export interface FigureSetup {
  readonly lambda: number;
  readonly schedule: {
    readonly kind: 'cyclical';
    readonly etaMin: number;
    readonly etaMax: number;
    readonly stepSize: number;
    readonly cycles: number;
  };
  readonly validationAccuracy: number;
}

const cyclical = (stepSize: number, cycles: number) =>
  ({ kind: 'cyclical', etaMin: 1e-5, etaMax: 1e-1, stepSize, cycles }) as const;

export const REPORT_FIGURES = {
  fig2: { lambda: 0.01, schedule: cyclical(500, 1), validationAccuracy: 0.4471 },
  fig3: { lambda: 0.01, schedule: cyclical(800, 3), validationAccuracy: 0.4494 },
  /** The report gives no schedule for its last training; ours is 3 cycles with n_s = 2 epochs of 49,000 images. */
  fig4: { lambda: 0.001, schedule: cyclical(980, 3), validationAccuracy: 0.519 },
} as const satisfies Record<string, FigureSetup>;
export type FigureName = keyof typeof REPORT_FIGURES;

/** The "highest validation accuracies" of each search, best first. */
export const REPORT_BEST_THREE: Readonly<Record<'coarse' | 'fine', readonly ReportPoint[]>> = {
  coarse: [
    { lambda: 2.481e-3, validationAccuracy: 0.5161 },
    { lambda: 4.208e-5, validationAccuracy: 0.5154 },
    { lambda: 4.207e-5, validationAccuracy: 0.5151 },
  ],
  fine: [
    { lambda: 0.001, validationAccuracy: 0.5169 },
    { lambda: 0.002, validationAccuracy: 0.5152 },
    { lambda: 0.003, validationAccuracy: 0.5136 },
  ],
};

/** The λ that the report chose and the validation accuracy that it reached with it. */
export const REPORT_FINAL: ReportPoint = { lambda: 0.001, validationAccuracy: 0.519 };

/** Two λ are the same trial when they differ by less; the report's closest pair differs by 2.4e-4 of itself. */
const LAMBDA_RELATIVE_TOLERANCE = 1e-6;

/** Whether two λ mean the same trial although one may have been computed and the other typed. */
export function isSameLambda(a: number, b: number): boolean {
  return Math.abs(a - b) <= LAMBDA_RELATIVE_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
