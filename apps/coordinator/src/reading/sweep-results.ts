/** Statistics of all planned stages. Pure. */
import { summariseStage, testLooksOf } from '@seedbed/aggregation';
import {
  type PlannedStage,
  type ResultsResponse,
  type RunTime,
  type StageSummary,
  totalTime,
} from '@seedbed/contracts';
import { answerSettingsOf } from '@seedbed/search';
import { type SweepFacts, classCounts, deadReasons, runIdsOf } from './sweep-facts.js';

export function resultsOf(facts: SweepFacts): ResultsResponse {
  const { sweepId, state } = facts.record;
  const times = facts.stages.map((stage) => ({ stage: stage.stage, ...timeOf(stage, facts) }));
  const mixed = classCounts(facts);
  const stages = stageSummaries(facts);
  return {
    ...{ sweepId, state, ...(mixed === null ? {} : { mixed }) },
    ...{ stages, testLooks: testLooksOf(stages), times },
  };
}

function timeOf(stage: PlannedStage, { commits }: SweepFacts): RunTime {
  return totalTime(runIdsOf([stage]).flatMap((runId) => commits.get(runId) ?? []));
}

export function stageSummaries(facts: SweepFacts): StageSummary[] {
  const dead = deadReasons(facts);
  const { spec } = facts.record;
  return facts.stages.map((stage) =>
    summariseStage(stage, facts.commits, answerSettingsOf(spec, stage.stage), dead),
  );
}
