/** From the results of the reproduction's sweep to `report.json`. Pure: the same results give the same report. */
import type {
  Commit,
  LearningRateSchedule,
  RunSummary,
  StageSummary,
  TrialSummary,
} from '@seedbed/contracts';
import { stepsOf } from '@seedbed/contracts';
import { isTied, standingOf } from '../standing.js';
import { stageAnswer } from '../stage-answer.js';
import { gradientCheckReport } from './gradient-check-report.js';
import { lambdaVerdict } from './lambda-verdict.js';
import { learningRateTrace } from './learning-rate-trace.js';
import { curveReportPoints, meanCurve } from './mean-curve.js';
import type {
  CurveReportPoint,
  CyclicalOrConstant,
  FigureReport,
  FinalRow,
  MachineInfo,
  ReproductionReport,
  RunReport,
  SeedStatistics,
  StageReport,
  Timings,
  TrialReport,
} from './model.js';
import {
  type FigureName,
  type ReportPoint,
  REPORT_BEST_THREE,
  REPORT_FIGURES,
  REPORT_FINAL,
  REPORT_SOURCE,
} from './report-figures.js';
import { REPRODUCTION_STAGES } from './stage-names.js';

export interface ReproductionInput {
  /** Name of the sweep. */
  readonly name: string;
  readonly stages: readonly StageSummary[];
  /** By run id: at least the gradient check's and the runs of figures 2 and 3 and of the final stage. */
  readonly commits: ReadonlyMap<string, Commit>;
  readonly timings: Timings;
  readonly machine: MachineInfo;
  /** Component → version, e.g. `seedbed`, `node`, `tensorflow`, `redis`. */
  readonly versions: Readonly<Record<string, string | null>>;
  /** SHA-256 of the data set and of the parsed sweep file, where known. */
  readonly dataDigest: string | null;
  readonly specDigest: string | null;
  /** Schedules that were trained, by stage. @default the report's, where the curve ends at their last step */
  readonly schedules?: Readonly<Record<string, LearningRateSchedule>>;
}

export function reproductionReport(input: ReproductionInput): ReproductionReport {
  const stageOf = (name: string) => input.stages.find(({ stage }) => stage === name);
  const final = stageOf(REPRODUCTION_STAGES.final)?.trials[0];
  const finalAtReportLambda = stageOf(REPRODUCTION_STAGES.finalAtReportLambda)?.trials[0];
  return {
    name: input.name,
    source: REPORT_SOURCE,
    complete: isComplete(input.stages),
    missingRuns: input.stages.reduce((sum, stage) => sum + stage.planned - stage.committed, 0),
    ...originOf(input.commits),
    gradientCheck: gradientCheckReport(stageOf(REPRODUCTION_STAGES.gradientCheck), input.commits),
    figures: {
      fig2: figureReport(input, 'fig2', REPRODUCTION_STAGES.figure2),
      fig3: figureReport(input, 'fig3', REPRODUCTION_STAGES.figure3),
      fig4: figureReport(input, 'fig4', REPRODUCTION_STAGES.final),
    },
    stages: [
      stageReport('coarse', stageOf(REPRODUCTION_STAGES.coarse), REPORT_BEST_THREE.coarse),
      stageReport('fine', stageOf(REPRODUCTION_STAGES.fine), REPORT_BEST_THREE.fine),
    ],
    final: {
      ...finalRow(final, lambdaOf(final)),
      atReportLambda: finalRow(finalAtReportLambda, lambdaOf(finalAtReportLambda) ?? REPORT_FINAL.lambda),
    },
    timings: input.timings,
    machine: input.machine,
    versions: input.versions,
    digests: { data: input.dataDigest, spec: input.specDigest },
  };
}

function isComplete(stages: readonly StageSummary[]): boolean {
  return Object.values(REPRODUCTION_STAGES).every((name) => {
    const summary = stages.find(({ stage }) => stage === name);
    return summary !== undefined && summary.committed === summary.planned;
  });
}

/** Where the numbers come from; `mixed` when runs disagree, which a sweep pinned to one class never does. */
function originOf(
  commits: ReadonlyMap<string, Commit>,
): Pick<ReproductionReport, 'backend' | 'numericsClass'> {
  const all = [...commits.values()];
  const only = <T>(values: readonly T[], otherwise: T): T => {
    const distinct = [...new Set(values)];
    return distinct.length === 1 ? (distinct[0] as T) : otherwise;
  };
  const otherwise = all.length === 0 ? 'unknown' : 'mixed';
  return {
    backend: {
      name: only(
        all.map(({ provenance }) => provenance.backend),
        otherwise,
      ),
      tensorflow: only<string | null>(
        all.map(({ provenance }) => provenance.tensorflow),
        null,
      ),
    },
    numericsClass: only<string | null>(
      all.map(({ numericsClass }) => numericsClass),
      null,
    ),
  };
}

function figureReport(input: ReproductionInput, figure: FigureName, stageName: string): FigureReport {
  const setup = REPORT_FIGURES[figure];
  const trial = input.stages.find(({ stage }) => stage === stageName)?.trials[0];
  const runs = (trial?.runs ?? []).map((run) => ({
    ...runReport(run),
    curve: curveOf(input.commits.get(run.runId)),
  }));
  const curve = meanCurve(runs.map((run) => run.curve).filter((points) => points.length > 0));
  const statistics = statisticsOf(trial);
  return {
    lambda: lambdaOf(trial) ?? setup.lambda,
    validationAccuracy: statistics.mean,
    statistics,
    report: setup.validationAccuracy,
    curve,
    runs,
    learningRate: traceOf(curve, input.schedules?.[stageName], setup.schedule),
  };
}

function traceOf(
  curve: readonly CurveReportPoint[],
  trained: LearningRateSchedule | undefined,
  reported: LearningRateSchedule,
): CyclicalOrConstant | null {
  if (trained !== undefined) return learningRateTrace(trained);
  // A shortened reproduction trains another schedule; its curve ends elsewhere and must not carry the report's trace.
  return curve.at(-1)?.step === stepsOf(reported) ? learningRateTrace(reported) : null;
}

function curveOf(commit: Commit | undefined): CurveReportPoint[] {
  if (commit === undefined || !('curve' in commit.result)) return [];
  return curveReportPoints(commit.result.curve);
}

function stageReport(
  name: string,
  stage: StageSummary | undefined,
  reportBestThree: readonly ReportPoint[],
): StageReport {
  const trials = stage === undefined ? [] : stage.trials.map((trial) => trialReport(stage, trial));
  const planned = stage?.planned ?? 0;
  const committed = stage?.committed ?? 0;
  const ranked = (stage?.ranking ?? []).flatMap((index) => pointOf(stage, index));
  return {
    name,
    planned,
    committed,
    trials,
    best: stage?.best == null ? null : (pointOf(stage, stage.best)[0] ?? null),
    bestThree: ranked.slice(0, 3),
    notToldApartFromBest: trials
      .filter(({ standing }) => isTied(standing))
      .flatMap(({ lambda }) => (lambda === null ? [] : [lambda])),
    reportBest: reportBestThree[0] ?? REPORT_FINAL,
    reportBestThree,
    verdict: lambdaVerdict({ trials, planned, committed, reportBest: reportBestThree }),
    sureness: stage === undefined ? [] : stageAnswer(stage),
  };
}

function pointOf(stage: StageSummary | undefined, trialIndex: number): ReportPoint[] {
  const trial = stage?.trials.find(({ index }) => index === trialIndex);
  const lambda = lambdaOf(trial);
  if (trial === undefined || lambda === null || trial.mean === null) return [];
  return [{ lambda, validationAccuracy: trial.mean }];
}

/** One trial as the report shows it, with how it stands against the best of its stage. */
export function trialReport(stage: StageSummary, trial: TrialSummary): TrialReport {
  return {
    lambda: lambdaOf(trial),
    ...statisticsOf(trial),
    standing: standingOf(stage, trial.index),
    runs: trial.runs.map(runReport),
  };
}

function finalRow(trial: TrialSummary | undefined, lambda: number | null): FinalRow {
  const statistics = statisticsOf(trial);
  return {
    lambda,
    validationAccuracy: statistics.mean,
    interval95: statistics.interval95,
    statistics,
    testAccuracy: trial?.testMean ?? null,
    runs: (trial?.runs ?? []).map((run) => ({ ...runReport(run), testAccuracy: run.testAccuracy })),
    report: REPORT_FINAL.validationAccuracy,
  };
}

function runReport({ seed, runId, outcome, validationAccuracy }: RunSummary): RunReport {
  return { seed, runId, outcome, validationAccuracy };
}

function lambdaOf(trial: TrialSummary | undefined): number | null {
  return trial?.parameters['lambda'] ?? null;
}

function statisticsOf(trial: TrialSummary | undefined): SeedStatistics {
  return {
    planned: trial?.planned ?? 0,
    n: trial?.n ?? 0,
    diverged: trial?.diverged ?? 0,
    missing: trial?.missing ?? 0,
    mean: trial?.mean ?? null,
    standardDeviation: trial?.standardDeviation ?? null,
    standardError: trial?.standardError ?? null,
    interval95: trial?.interval95 ?? null,
  };
}
