/** Statistics of all planned stages. Pure. */
import { summariseStage } from '@seedbed/aggregation';
import {
  type PlannedStage,
  type ResultsResponse,
  type RunTime,
  type StageSummary,
  totalTime,
} from '@seedbed/contracts';
import { type SweepFacts, classCounts, deadReasons, runIdsOf } from './sweep-facts.js';

export function resultsOf(facts: SweepFacts): ResultsResponse {
  const { sweepId, state } = facts.record;
  const times = facts.stages.map((stage) => ({ stage: stage.stage, ...timeOf(stage, facts) }));
  const mixed = classCounts(facts);
  return { sweepId, state, ...(mixed === null ? {} : { mixed }), stages: stageSummaries(facts), times };
}

function timeOf(stage: PlannedStage, { commits }: SweepFacts): RunTime {
  return totalTime(runIdsOf([stage]).flatMap((runId) => commits.get(runId) ?? []));
}

export function stageSummaries(facts: SweepFacts): StageSummary[] {
  const dead = deadReasons(facts);
  return facts.stages.map((stage) => summariseStage(stage, facts.commits, dead));
}
