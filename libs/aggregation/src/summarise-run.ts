/** One planned run and what became of it. */
import {
  accuracyRatio,
  assertNever,
  type CommitFacts,
  type PlannedRun,
  type RunSummary,
} from '@seedbed/contracts';
import { gradientCheckFault } from './gradient-check-fault.js';
import { overfitFault } from './overfit-fault.js';

/** `deadReason`: why a run without a commit was given up, where it was. A failed check has its fault as reason. */
export function summariseRun(
  run: PlannedRun,
  commit: CommitFacts | undefined,
  deadReason: string | null,
): RunSummary {
  const base = {
    ...{ seed: run.seed, runId: run.runId, digest: commit?.digest ?? null },
    ...{ validation: null, validationAccuracy: null, testAccuracy: null, reason: null },
  };
  if (commit === undefined) return { ...base, outcome: 'missing', reason: deadReason };
  const { result } = commit;
  switch (result.outcome) {
    case 'trained':
      return {
        ...base,
        outcome: 'trained',
        validation: result.validation,
        validationAccuracy: accuracyRatio(result.validation),
        testAccuracy: result.test === undefined ? null : accuracyRatio(result.test),
      };
    case 'scored':
      return {
        ...base,
        outcome: 'scored',
        score: result.value,
        ...(result.test === undefined ? {} : { testScore: result.test }),
      };
    case 'diverged':
      return { ...base, outcome: 'diverged', reason: result.reason };
    case 'gradient-checked':
      return { ...base, outcome: 'gradient-checked', reason: gradientCheckFault(result) };
    case 'overfitted':
      return { ...base, outcome: 'overfitted', reason: overfitFault(result) };
    default:
      return assertNever(result, 'run result');
  }
}

/** What a run is judged by; null while it has no number. */
export function valueOf({ outcome, score, validationAccuracy }: RunSummary): number | null {
  return outcome === 'scored' ? (score ?? null) : validationAccuracy;
}
