import { buildAnswer } from '@seedbed/aggregation';
import type { Answer } from '@seedbed/contracts';
import { type SweepRecord, revisionOf } from '@seedbed/queue';
import { answerSettingsOf, specDigestOf, stageNames } from '@seedbed/search';
import { type SweepFacts, classCounts } from './sweep-facts.js';
import { stageSummaries } from './sweep-results.js';

/** The canonical answer as far as it is known; `complete` says whether it is the last word. */
export function answerOf(facts: SweepFacts): Answer {
  const { spec, numericsClass, state } = facts.record;
  return buildAnswer({
    name: spec.name,
    specDigest: specDigestOf(spec),
    spec,
    numericsClass,
    mixed: classCounts(facts),
    stageNames: stageNames(spec),
    stages: stageSummaries(facts),
    decisions: facts.decisions,
    isGrowing: canGrow(facts.record) && state !== 'completed',
  });
}

/** Of a race or an extension that every run planned so far is committed does not say that none will follow. */
function canGrow(record: SweepRecord): boolean {
  const { spec } = record;
  return (
    revisionOf(record) > 0 || stageNames(spec).some((name) => answerSettingsOf(spec, name).racing != null)
  );
}
