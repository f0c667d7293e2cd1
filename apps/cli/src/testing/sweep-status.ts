import { type StageProgress, type SweepStatus, sweepStatusSchema } from '@seedbed/contracts';

/** A valid status of a sweep in training, with what a test wants different. */
export function sweepStatus(change: Partial<SweepStatus> = {}): SweepStatus {
  return sweepStatusSchema.parse({
    sweepId: 'demo-1',
    name: 'demo',
    state: 'running',
    reason: null,
    createdAt: '2026-11-23T20:00:00.000Z',
    finishedAt: null,
    numericsClass: null,
    stages: [stageProgress()],
    ...change,
  });
}

export function stageProgress(change: Partial<StageProgress> = {}): StageProgress {
  return {
    stage: 'coarse',
    kind: 'search',
    state: 'running',
    trials: 13,
    planned: 65,
    committed: 29,
    deadLetters: 0,
    stepsDone: 104_400,
    stepsPlanned: 234_000,
    inTraining: null,
    ...change,
  };
}
