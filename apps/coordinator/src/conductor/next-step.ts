/**
 * What a sweep needs next: a pure function of its records, so that a restart, or a second coordinator, comes to the same
 * step. A stage goes through
 *
 *     waiting ──plan──▶ planned ──(every run committed)──▶ decide ──▶ decided
 *                          ▲                                 │          │
 *                          └──────────── plan-round ◀────────┴──────────┘ (more is to be trained, or was asked for)
 *
 * and a sweep ends when no stage can move: `completed` with every stage decided, `failed` on a failed preflight check,
 * `incomplete` when runs were set aside or a stage that another derives from has no best trial.
 */
import type { Decision } from '@seedbed/contracts';

export interface StagePicture {
  readonly stage: string;
  readonly kind: 'preflight' | 'search';
  /** Stages whose best trial this one derives from. */
  readonly dependsOn: readonly string[];
  /** Null until planned. */
  readonly runs: RunCounts | null;
  /** About the whole stage with all the rounds that it has had. */
  readonly decision: Decision | null;
  /** A further round is decided on, and its plan not written yet. */
  readonly isRoundDecided: boolean;
  /** False when the sweep file may ask for more than is planned: it was extended since the stage was looked at. */
  readonly isExamined: boolean;
}

export interface RunCounts {
  readonly planned: number;
  /** Without a commit, dead ones included. */
  readonly outstanding: number;
  /** Outstanding and set aside. */
  readonly dead: number;
  /** Why the first one was set aside. */
  readonly deadReason: string | null;
}

export type NextStep =
  | { readonly kind: 'plan' | 'plan-round'; readonly stage: string }
  /**
   * To decide a stage whose runs are all committed, or to see whether an extended sweep file asks for more. `place` is the
   * stage's in the sweep; it numbers the decision, so that numbers do not depend on which stage completes first.
   */
  | { readonly kind: 'decide' | 'examine'; readonly stage: string; readonly place: number }
  | {
      readonly kind: 'finish';
      readonly state: 'completed' | 'failed' | 'incomplete';
      readonly reason: string | null;
    }
  | { readonly kind: 'wait' };

/** @param stages in the order of the sweep, preflight stages first */
export function nextStep(stages: readonly StagePicture[]): NextStep {
  const growing = stages.find((stage) => stage.isRoundDecided);
  if (growing !== undefined) return { kind: 'plan-round', stage: growing.stage };
  for (const [place, { stage, ...about }] of stages.entries()) {
    if (!about.isExamined) return { kind: 'examine', stage, place };
    if (about.decision === null && about.runs?.outstanding === 0) return { kind: 'decide', stage, place };
  }
  for (const stage of stages) {
    const outcome = stage.decision?.outcome;
    if (outcome?.kind === 'failed') return { kind: 'finish', state: 'failed', reason: outcome.reason };
  }
  const next = stages.find((stage) => stage.runs === null && isReady(stage, stages));
  if (next !== undefined) return { kind: 'plan', stage: next.stage };
  if (stages.every((stage) => stage.decision !== null)) {
    return { kind: 'finish', state: 'completed', reason: null };
  }
  if (stages.some((stage) => stage.runs !== null && stage.runs.outstanding > stage.runs.dead)) {
    return { kind: 'wait' };
  }
  return { kind: 'finish', state: 'incomplete', reason: whyIncomplete(stages) };
}

/** Whether a stage may be planned: preflight at once; search when all checks passed and what it derives from is decided. */
function isReady(stage: StagePicture, stages: readonly StagePicture[]): boolean {
  if (stage.kind === 'preflight') return true;
  return stages.every((other) => {
    const needed = other.kind === 'preflight' || stage.dependsOn.includes(other.stage);
    const outcome = other.decision?.outcome.kind;
    return !needed || outcome === 'passed' || outcome === 'best' || outcome === 'kept';
  });
}

function whyIncomplete(stages: readonly StagePicture[]): string {
  const reasons = stages.flatMap((stage) => {
    if (stage.runs !== null && stage.runs.dead > 0) {
      const why = stage.runs.deadReason === null ? '' : ` (${stage.runs.deadReason})`;
      return [
        `stage "${stage.stage}": ${stage.runs.dead} of ${stage.runs.planned} runs were set aside${why}`,
      ];
    }
    const outcome = stage.decision?.outcome;
    return outcome?.kind === 'none' ? [`stage "${stage.stage}" has no best trial: ${outcome.reason}`] : [];
  });
  const never = stages.filter((stage) => stage.runs === null).map((stage) => `"${stage.stage}"`);
  if (never.length > 0) reasons.push(`not planned: ${never.join(', ')}`);
  return reasons.join('; ');
}
