/**
 * The shape of the reproduction's `report.json`: ours and the report's numbers side by side. Accuracies are ratios
 * (0 … 1); a number that is not known (nothing committed, n too small) is null, never left out.
 */
import type { RunSummary, RunTime } from '@seedbed/contracts';
import type { Standing } from '../standing.js';
import type { FigureName, ParameterGroup, ReportPoint } from './report-figures.js';

export type PerGroup = Readonly<Record<ParameterGroup, number>>;

export interface GradientErrorReport {
  readonly maxError: PerGroup;
  /** Share (0 … 1) of the group's elements whose error is below 1e-6. */
  readonly 'shareBelow1e-6': PerGroup;
}

/** The trainer's own gradient first; `reference` is the float64 reference against the same numeric gradient. */
export interface GradientCheckReport extends GradientErrorReport {
  readonly samples: number;
  readonly passed: boolean;
  readonly reference: GradientErrorReport;
  readonly report: GradientErrorReport & { readonly samples: number };
}

export interface CurveReportPoint {
  readonly step: number;
  readonly trainLoss: number | null;
  readonly trainAccuracy: number | null;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
}

export interface RunReport {
  readonly seed: number;
  readonly runId: string;
  readonly outcome: RunSummary['outcome'];
  readonly validationAccuracy: number | null;
}

/** Statistics over the seeds of one trial, always reported together. */
export interface SeedStatistics {
  readonly planned: number;
  readonly n: number;
  readonly diverged: number;
  readonly missing: number;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
  readonly standardError: number | null;
  readonly interval95: readonly [number, number] | null;
}

export interface CyclicalOrConstant {
  readonly kind: 'cyclical' | 'constant';
  /** Corners of the trace of the learning rate; straight lines run between them. */
  readonly corners: readonly { readonly step: number; readonly learningRate: number }[];
}

export interface FigureReport {
  readonly lambda: number;
  /** Mean over the seeds; the same number as `statistics.mean`. */
  readonly validationAccuracy: number | null;
  readonly statistics: SeedStatistics;
  /** The report's validation accuracy. */
  readonly report: number;
  /** Mean over the seeds that have the point. */
  readonly curve: readonly CurveReportPoint[];
  readonly runs: readonly (RunReport & { readonly curve: readonly CurveReportPoint[] })[];
  /** Null where the schedule is not known to be the one that was trained. */
  readonly learningRate: CyclicalOrConstant | null;
}

export interface TrialReport extends SeedStatistics {
  readonly lambda: number | null;
  readonly standing: Standing;
  readonly runs: readonly RunReport[];
}

export interface StageReport {
  readonly name: string;
  readonly planned: number;
  readonly committed: number;
  readonly trials: readonly TrialReport[];
  /** Null until every run of the stage is committed. */
  readonly best: ReportPoint | null;
  readonly bestThree: readonly ReportPoint[];
  /** Every λ whose difference from the best is not told from 0, the best itself left out. */
  readonly notToldApartFromBest: readonly number[];
  readonly reportBest: ReportPoint;
  readonly reportBestThree: readonly ReportPoint[];
  /** What the stage says about λ, in words. */
  readonly verdict: string;
  /** How sure that is, a sentence each; empty before the last run is committed. */
  readonly sureness: readonly string[];
}

export interface FinalRow {
  readonly lambda: number | null;
  readonly validationAccuracy: number | null;
  readonly interval95: readonly [number, number] | null;
  readonly statistics: SeedStatistics;
  /** Mean over the seeds on the untouched test set; null where it was not evaluated. */
  readonly testAccuracy: number | null;
  readonly runs: readonly (RunReport & { readonly testAccuracy: number | null })[];
  /** The report's validation accuracy. */
  readonly report: number;
}

/** The first row is for the λ that our fine stage chose. */
export interface FinalReport extends FinalRow {
  readonly atReportLambda: FinalRow;
}

export interface StageTiming {
  readonly name: string;
  readonly runs: number;
  /** From the start of the first training to the end of the last, ms. */
  readonly wallMs: number | null;
  /** Time on the cores that its runs took. */
  readonly time: RunTime;
}

export interface Timings {
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly totalMs: number | null;
  readonly stages: readonly StageTiming[];
}

export interface MachineInfo {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
}

export interface ReproductionReport {
  readonly name: string;
  readonly source: string;
  readonly complete: boolean;
  /** Planned runs without a result, in the stages that this sweep has; 0 for a finished part of the reproduction. */
  readonly missingRuns: number;
  readonly backend: { readonly name: string; readonly tensorflow: string | null };
  readonly numericsClass: string | null;
  /** Null until the check has been committed. */
  readonly gradientCheck: GradientCheckReport | null;
  readonly figures: Readonly<Record<FigureName, FigureReport>>;
  readonly stages: readonly StageReport[];
  readonly final: FinalReport;
  readonly timings: Timings;
  readonly machine: MachineInfo;
  readonly versions: Readonly<Record<string, string | null>>;
  readonly digests: { readonly data: string | null; readonly spec: string | null };
}
