import { buildAnswer } from '@seedbed/aggregation';
import type { Answer } from '@seedbed/contracts';
import { specDigestOf, stageNames } from '@seedbed/search';
import { type SweepFacts, classCounts } from './sweep-facts.js';
import { stageSummaries } from './sweep-results.js';

/** The canonical answer as far as it is known; `complete` says whether it is the last word. */
export function answerOf(facts: SweepFacts): Answer {
  const { spec, numericsClass } = facts.record;
  return buildAnswer({
    name: spec.name,
    specDigest: specDigestOf(spec),
    spec,
    numericsClass,
    mixed: classCounts(facts),
    stageNames: stageNames(spec),
    stages: stageSummaries(facts),
    decisions: facts.decisions,
  });
}
