/** The gradient check beside the report's figure 1. */
import type { Commit, GradientCheckedResult, GradientErrors, StageSummary } from '@seedbed/contracts';
import type { GradientCheckReport, GradientErrorReport, PerGroup } from './model.js';
import { REPORT_GRADIENT_CHECK } from './report-figures.js';

/** Null until a check of the stage is committed; over several seeds the worst error of each group counts. */
export function gradientCheckReport(
  stage: StageSummary | undefined,
  commits: ReadonlyMap<string, Commit>,
): GradientCheckReport | null {
  const results = (stage?.trials ?? [])
    .flatMap((trial) => trial.runs)
    .map((run) => commits.get(run.runId)?.result)
    .filter((result): result is GradientCheckedResult => result?.outcome === 'gradient-checked');
  if (results.length === 0) return null;
  return {
    samples: Math.min(...results.map((result) => result.samples)),
    passed: results.every((result) => result.passed),
    ...worst(results.map((result) => result.native)),
    reference: worst(results.map((result) => result.reference)),
    report: REPORT_GRADIENT_CHECK,
  };
}

function worst(errors: readonly GradientErrors[]): GradientErrorReport {
  return {
    maxError: perGroup((group) => Math.max(...errors.map(({ maxError }) => maxError[group]))),
    'shareBelow1e-6': perGroup((group) =>
      Math.min(...errors.map(({ shareBelow1em6 }) => shareBelow1em6[group])),
    ),
  };
}

function perGroup(of: (group: keyof PerGroup) => number): PerGroup {
  return { W1: of('W1'), W2: of('W2'), b1: of('b1'), b2: of('b2') };
}
