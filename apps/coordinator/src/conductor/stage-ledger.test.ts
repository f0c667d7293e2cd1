import { type DeadLetter, type PlannedStage, jobIdOf, runIdOf, withRound } from '@seedbed/contracts';
import { expandBlocks, isWaiting, planStage } from '@seedbed/search';
import { DATASET_DIGEST, oneStageSpec, sweepIdFor } from '../testing/sweep-fixtures.js';
import { StageLedger } from './stage-ledger.js';

const SWEEP_ID = sweepIdFor('sweep-1');

/** Two trials of 7 seeds: blocks of 5 and 2 each. */
function plan(): PlannedStage {
  const planned = planStage(oneStageSpec('sweep', 2, { seeds: 7 }), 'search', {
    datasetDigest: DATASET_DIGEST,
    earlierBest: new Map(),
  });
  if (isWaiting(planned)) throw new Error('nothing to wait for');
  return planned;
}

function setup(stage = plan()) {
  const jobs = [...expandBlocks(SWEEP_ID, stage)];
  return { ledger: new StageLedger(stage, jobs), jobs, jobIds: jobs.map(jobIdOf) };
}

function letter(jobId: string, reason = 'crashed'): DeadLetter {
  return { jobId, cause: 'poison', reason, runIds: [], at: new Date(0).toISOString() };
}

describe('StageLedger', () => {
  it('starts with every block pending, in order', () => {
    const { ledger, jobIds } = setup();
    expect(ledger.takePending(10).map((block) => block.jobId)).toEqual(jobIds);
    expect(ledger.takePending(2).map((block) => block.jobId)).toEqual(jobIds.slice(0, 2));
    expect(ledger.counts()).toEqual({ planned: 14, outstanding: 14, dead: 0, deadReason: null });
  });

  it('grows by the blocks of a round and leaves the others where they are', () => {
    const { ledger, jobIds } = setup();
    for (const jobId of jobIds.slice(0, 2)) ledger.markQueued(jobId);
    const first = ledger.plan;
    const runs = [8, 9].map((seed) => ({ seed, runId: runIdOf({ ...first.trials[1]!.settings, seed }) }));
    const round = { stage: 'search', round: 1, trials: [{ ...first.trials[1]!, runs }] };
    const grown = withRound(first, round);
    const jobs = [...expandBlocks(SWEEP_ID, grown)];
    expect(jobs.map(jobIdOf)).toEqual([...jobIds, 'sweep-1.search.1.2']);
    ledger.grow(grown, round, jobs.slice(-1));
    expect(ledger.counts()).toMatchObject({ planned: 16, outstanding: 16 });
    expect(ledger.queuedJobIds()).toEqual(jobIds.slice(0, 2));
    expect(ledger.takePending(9).map(({ jobId }) => jobId)).toEqual([
      ...jobIds.slice(2),
      'sweep-1.search.1.2',
    ]);
  });

  it('keeps a block in the queue until the last of its runs is committed', () => {
    const { ledger, jobs, jobIds } = setup();
    for (const jobId of jobIds) ledger.markQueued(jobId);
    const runIds = jobs[1]?.runs.map((run) => run.runId) ?? [];
    ledger.noteCommitted(runIds.slice(0, 1));
    expect(ledger.queuedJobIds()).toEqual(jobIds);
    expect(ledger.queuedRunIds()).toHaveLength(13);
    ledger.noteCommitted(runIds);
    expect(ledger.queuedJobIds()).toEqual([jobIds[0], jobIds[2], jobIds[3]]);
    expect(ledger.isSettled).toBe(false);
    ledger.noteCommitted(ledger.outstandingRunIds());
    expect([ledger.isSettled, ledger.queuedCount]).toEqual([true, 0]);
  });

  it('skips pending blocks whose runs were committed meanwhile', () => {
    const { ledger, jobs, jobIds } = setup();
    ledger.noteCommitted(jobs[0]?.runs.map((run) => run.runId) ?? []);
    expect(ledger.takePending(1).map((block) => block.jobId)).toEqual([jobIds[1]]);
    expect(ledger.pendingCount).toBe(3);
  });

  it('knows what is set aside, and takes it back when the letter is cleared', () => {
    const { ledger, jobIds } = setup();
    const [first = '', second = ''] = jobIds;
    ledger.markQueued(first);
    ledger.setDeadLetters([letter(first), letter(second, 'other'), letter('sweep-1.other.0.0')]);
    expect(ledger.counts()).toEqual({ planned: 14, outstanding: 14, dead: 7, deadReason: 'crashed' });
    expect([ledger.queuedCount, ledger.pendingCount]).toEqual([0, 2]);
    ledger.setDeadLetters([letter(second)]);
    expect(ledger.counts().dead).toBe(2);
    expect(ledger.pendingCount).toBe(3);
  });

  it('does not count as dead what has been committed all the same', () => {
    const { ledger, jobs, jobIds } = setup();
    ledger.setDeadLetters([letter(jobIds[0] ?? '')]);
    ledger.noteCommitted(jobs[0]?.runs.slice(0, 3).map((run) => run.runId) ?? []);
    expect(ledger.counts()).toMatchObject({ outstanding: 11, dead: 2 });
  });

  it('does not count as dead what another block of the stage can still bring', () => {
    const stage = plan();
    const [first] = stage.trials;
    if (first === undefined) throw new Error('no trials');
    const { ledger, jobIds } = setup({ ...stage, trials: [first, { ...first, index: 1 }] });
    expect(ledger.counts()).toMatchObject({ planned: 14, outstanding: 7 });
    ledger.setDeadLetters([letter(jobIds[0] ?? '')]);
    expect(ledger.counts().dead).toBe(0);
    ledger.setDeadLetters([letter(jobIds[0] ?? ''), letter(jobIds[2] ?? '')]);
    expect(ledger.counts().dead).toBe(5);
  });
});
