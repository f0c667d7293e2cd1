/** How long each stage took, read from the commits of its runs. */
import type { Commit, StageSummary } from '@seedbed/contracts';
import type { StageTiming, Timings } from './model.js';

/**
 * From the start of a stage's first training to the end of its last. Runs that an earlier sweep had already trained
 * carry that sweep's times; leave their commits out if the time of this sweep is wanted.
 */
export function timingsFromCommits(
  stages: readonly StageSummary[],
  commits: ReadonlyMap<string, Commit>,
): Timings {
  const spans = stages.map((stage) => ({
    stage,
    span: spanOf(
      stage.trials
        .flatMap((trial) => trial.runs)
        .map((run) => commits.get(run.runId))
        .filter((commit) => commit !== undefined),
    ),
  }));
  const whole = spanOf([...commits.values()]);
  return {
    startedAt: whole === null ? null : new Date(whole.startMs).toISOString(),
    finishedAt: whole === null ? null : new Date(whole.endMs).toISOString(),
    totalMs: whole === null ? null : whole.endMs - whole.startMs,
    stages: spans.map(({ stage, span }): StageTiming => ({
      name: stage.stage,
      runs: stage.committed,
      wallMs: span === null ? null : span.endMs - span.startMs,
    })),
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
