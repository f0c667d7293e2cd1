/** How long each stage took, read from the commits of its runs. */
import { type Commit, type RunTime, type StageSummary, totalTime } from '@seedbed/contracts';
import type { StageTiming, Timings } from './model.js';

/**
 * From the start of a stage's first training to the end of its last. Runs that an earlier sweep had already trained
 * carry that sweep's times; leave their commits out if the time of this sweep is wanted.
 */
export function timingsFromCommits(
  stages: readonly StageSummary[],
  commits: ReadonlyMap<string, Commit>,
): Timings {
  const commitsOf = (stage: StageSummary) =>
    stage.trials.flatMap((trial) => trial.runs).flatMap((run) => commits.get(run.runId) ?? []);
  const whole = spanOf([...commits.values()]);
  return {
    startedAt: whole === null ? null : new Date(whole.startMs).toISOString(),
    finishedAt: whole === null ? null : new Date(whole.endMs).toISOString(),
    totalMs: whole === null ? null : whole.endMs - whole.startMs,
    stages: stages.map((stage): StageTiming => {
      const own = commitsOf(stage);
      const span = spanOf(own);
      return {
        name: stage.stage,
        runs: stage.committed,
        wallMs: span === null ? null : span.endMs - span.startMs,
        time: totalTime(own),
      };
    }),
  };
}

/** Time on the cores of all stages together. */
export function timeOfStages({ stages }: Timings): RunTime {
  return {
    trainingMs: stages.reduce((sum, { time }) => sum + time.trainingMs, 0),
    evaluationMs: stages.reduce((sum, { time }) => sum + time.evaluationMs, 0),
  };
}

function spanOf(commits: readonly Commit[]): { startMs: number; endMs: number } | null {
  if (commits.length === 0) return null;
  let startMs = Infinity;
  let endMs = -Infinity;
  for (const { provenance } of commits) {
    startMs = Math.min(startMs, Date.parse(provenance.startedAt));
    endMs = Math.max(endMs, Date.parse(provenance.finishedAt));
  }
  return { startMs, endMs };
}
