/** The canonical result of a sweep. */
import {
  type Answer,
  ANSWER_VERSION,
  type ClassCount,
  type Decision,
  type StageSummary,
  type SweepSpec,
} from '@seedbed/contracts';
import { testLooksOf } from './test-looks.js';

export interface AnswerInputs {
  /** Name in the sweep file; ids of sweeps are not in an answer. */
  readonly name: string;
  readonly specDigest: string;
  readonly spec: SweepSpec;
  readonly numericsClass: string | null;
  /** Given for a mixed sweep only. */
  readonly mixed?: readonly ClassCount[] | null;
  /** All stages of the sweep in the order of its file, planned or not. */
  readonly stageNames: readonly string[];
  /** Summaries of the stages that are planned, in any order. */
  readonly stages: readonly StageSummary[];
  /** In any order. */
  readonly decisions: readonly Decision[];
  /** More of the stages may be planned yet: they are raced, or were extended, and their end is not decided. @default false */
  readonly isGrowing?: boolean;
}

/**
 * The same inputs in any order give the same value, and `canonicalJson` of it the same bytes. Complete when every stage of
 * the sweep is planned, none of them grows any more, and none of their runs is missing.
 */
export function buildAnswer(inputs: AnswerInputs): Answer {
  const summaryOf = new Map(inputs.stages.map((summary) => [summary.stage, summary]));
  const stages = inputs.stageNames.flatMap((name) => summaryOf.get(name) ?? []);
  return {
    schemaVersion: ANSWER_VERSION,
    name: inputs.name,
    specDigest: inputs.specDigest,
    spec: inputs.spec,
    numericsClass: inputs.numericsClass,
    ...(inputs.mixed == null ? {} : { mixed: [...inputs.mixed] }),
    complete:
      inputs.isGrowing !== true &&
      stages.length === inputs.stageNames.length &&
      stages.every(({ planned, committed }) => planned === committed),
    stages,
    decisions: inputs.decisions.toSorted((a, b) => a.number - b.number),
    testLooks: testLooksOf(stages),
  };
}
