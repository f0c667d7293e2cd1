import { type StageSummary, type TestLooks } from '@seedbed/contracts';

/**
 * Looks at the test set in these results. Trials of two stages that are the same runs are one look: nothing was evaluated
 * again.
 */
export function testLooksOf(stages: readonly StageSummary[]): TestLooks {
  const trials = new Set<string>();
  const runs = new Set<string>();
  // A canary's run is the first stage's.
  const searches = stages.filter(({ kind }) => kind === 'search');
  for (const trial of searches.flatMap((stage) => stage.trials)) {
    const seen = trial.runs.filter(({ testAccuracy }) => testAccuracy !== null).map(({ runId }) => runId);
    if (seen.length > 0) trials.add(trial.runs.map(({ runId }) => runId).join(' '));
    for (const runId of seen) runs.add(runId);
  }
  return { trials: trials.size, runs: runs.size };
}
