/** The status of a sweep from its facts. Pure. */
import {
  type PlannedStage,
  type PlanResponse,
  type RunId,
  type RunSettings,
  type StageProgress,
  type SweepStatus,
  isFinished,
  trainingStepsOf,
} from '@seedbed/contracts';
import { planSummary } from '@seedbed/search';
import { type StatusFacts, deadReasons } from './sweep-facts.js';

export function statusOf(facts: StatusFacts): SweepStatus {
  const { record } = facts;
  const planned = new Map(facts.stages.map((stage) => [stage.stage, stage]));
  const dead = deadReasons(facts);
  const stages = planSummary(record.spec).stages.map((outline) => {
    const stage = planned.get(outline.stage);
    return stage === undefined ? waitingStage(outline) : plannedStage(stage, facts, dead);
  });
  const { sweepId, state, reason, createdAt, finishedAt, numericsClass } = record;
  return { sweepId, name: record.spec.name, state, reason, createdAt, finishedAt, numericsClass, stages };
}

function waitingStage(outline: PlanResponse['stages'][number]): StageProgress {
  return {
    stage: outline.stage,
    kind: outline.kind,
    state: 'waiting',
    trials: outline.trials,
    planned: outline.runs,
    committed: 0,
    deadLetters: 0,
    stepsDone: 0,
    stepsPlanned: outline.steps,
    inTraining: null,
  };
}

function plannedStage(
  stage: PlannedStage,
  facts: StatusFacts,
  dead: ReadonlyMap<RunId, string>,
): StageProgress {
  const counts = { planned: 0, committed: 0, deadLetters: 0, stepsDone: 0, stepsPlanned: 0 };
  for (const trial of stage.trials) {
    const steps = stepsOfSettings(trial.settings);
    for (const { runId } of trial.runs) {
      counts.planned += 1;
      counts.stepsPlanned += steps;
      counts.stepsDone += stepsDoneOf(runId, steps, facts);
      if (facts.commits.has(runId)) counts.committed += 1;
      else if (dead.has(runId)) counts.deadLetters += 1;
    }
  }
  const inTraining = inTrainingOf(stage, facts);
  const state = stageState(counts, isFinished(facts.record.state));
  return { stage: stage.stage, kind: stage.kind, state, trials: stage.trials.length, ...counts, inTraining };
}

function inTrainingOf(stage: PlannedStage, { commits, progress }: StatusFacts): StageProgress['inTraining'] {
  const accuracies = stage.trials
    .flatMap((trial) => trial.runs)
    .filter(({ runId }) => !commits.has(runId))
    .flatMap(({ runId }) => progress.get(runId)?.validationAccuracy ?? []);
  if (accuracies.length === 0) return null;
  const sum = accuracies.reduce((total, accuracy) => total + accuracy, 0);
  return { runs: accuracies.length, mean: sum / accuracies.length, best: Math.max(...accuracies) };
}

function stageState(
  counts: { planned: number; committed: number; deadLetters: number },
  isSweepFinished: boolean,
): StageProgress['state'] {
  if (counts.committed === counts.planned) return 'completed';
  return isSweepFinished || counts.committed + counts.deadLetters === counts.planned
    ? 'incomplete'
    : 'running';
}

/** A diverged run ended early, but nothing of it is left to be done. */
function stepsDoneOf(runId: RunId, steps: number, facts: StatusFacts): number {
  return facts.commits.has(runId) ? steps : Math.min(steps, facts.progress.get(runId)?.step ?? 0);
}

/** A gradient check trains nothing. */
function stepsOfSettings(settings: RunSettings): number {
  return trainingStepsOf(settings);
}
