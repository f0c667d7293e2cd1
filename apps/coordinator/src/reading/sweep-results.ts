/** Statistics of all planned stages. Pure. */
import { summariseStage } from '@seedbed/aggregation';
import type { ResultsResponse, StageSummary } from '@seedbed/contracts';
import { type SweepFacts, deadReasons } from './sweep-facts.js';

export function resultsOf(facts: SweepFacts): ResultsResponse {
  return { sweepId: facts.record.sweepId, state: facts.record.state, stages: stageSummaries(facts) };
}

export function stageSummaries(facts: SweepFacts): StageSummary[] {
  const dead = deadReasons(facts);
  return facts.stages.map((stage) => summariseStage(stage, facts.commits, dead));
}
