export { parseSweepFile, parseSweepSpec } from './parse-sweep-file.js';
export { specDigestOf } from './spec-digest.js';
export { GRADIENT_CHECK_STAGE, SINGLE_STAGE } from './search-stages.js';
export { stageDependencies, stageNames } from './rung-stages.js';
export { TRAINING_IMAGES } from './stage-settings.js';
export { type EarlierBest } from './stage-trials.js';
export { isWaiting, planStage, planStageInSteps, type PlanInputs, type WaitingStage } from './plan-stage.js';
export { PLAN_TRIALS_SHOWN, planSummary } from './plan-summary.js';
export { expandBlocks } from './expand-blocks.js';
export { canaryFault } from './canary.js';
export { settingsOfTrial } from './settings-of-trial.js';
export { decideRaceRound, decideStage } from './decide-stage.js';
export { decideExtension } from './extend-stage.js';
export { extensionProblems } from './extension-problems.js';
export { planRoundInSteps, type RoundOutcome } from './plan-round.js';
export { answerSettingsOf } from './answer-settings.js';
export { sweepFileJsonSchema } from './json-schema.js';
export { requireTrainable } from './table-stage.js';
export {
  type ChoiceDimension,
  type Dimension,
  type Observation,
  type RangeDimension,
  type SpacePoint,
  type SpaceValue,
} from './samplers/search-space.js';
export { suggestTpe, type TpeBatch } from './samplers/suggest-tpe.js';
