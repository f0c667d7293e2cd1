/** What a sweep file says about a stage's answer: the difference that matters, and which trial is chosen. */
import { type AnswerSettings, type InputProblem, type SweepSpec } from '@seedbed/contracts';
import { racingOf } from './racing-settings.js';
import { type SearchStage, searchStagesOf } from './search-stages.js';
import { valueAt } from './source-path.js';
import { problemAt, type SweepSource } from './sweep-source.js';

/** A stage's own settings over the sweep's, over the defaults: no δ, the highest mean. A preflight has the sweep's. */
export function answerSettingsOf(spec: SweepSpec, stageName: string): AnswerSettings {
  const stage = searchStagesOf(spec).find(({ name }) => name === stageName);
  const { delta, rule } = { ...spec.answer, ...stage?.overrides.answer };
  const racing = stage === undefined ? null : racingOf(spec, stage);
  return { delta: delta ?? null, rule: rule ?? 'highest-mean', ...(racing !== null && { racing }) };
}

interface StagePlace {
  readonly source: SweepSource;
  readonly spec: SweepSpec;
  readonly stage: SearchStage;
}

/** The one-standard-error rule asked for by a stage itself chooses by λ, so λ must be searched there. */
export function answerProblems({ source, spec, stage }: StagePlace): InputProblem[] {
  if (answerSettingsOf(spec, stage.name).rule !== 'one-standard-error') return [];
  const own = [...stage.path, 'answer', 'rule'];
  // A rule for the whole sweep means the stages that search λ; the others choose by the highest mean.
  if (valueAt(source.value, own) === undefined || stage.parameters.has('lambda')) return [];
  const message =
    'found one-standard-error, which chooses the largest λ; search lambda in this stage, or choose by highest-mean';
  return [problemAt(source, own, message)];
}
