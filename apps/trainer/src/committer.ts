/**
 * Turns results into commits, in the order in which they come. Results wait in memory while Redis is away; locks may run
 * out meanwhile, which is harmless, because the first commit of a run stands whoever brings it.
 */
import type { Logger } from 'pino';
import {
  assertNever,
  coerceError,
  type Commit,
  type CommitOutcome,
  type Provenance,
  resultDigestOf,
  RetryableError,
  type RunId,
  type RunResult,
} from '@seedbed/contracts';
import type { SweepStore } from '@seedbed/queue';
import type { BlockEndings } from './block-endings.js';
import type { HeldBlock } from './held-block.js';
import type { Parking } from './parking.js';
import type { ChildIdentity } from './protocol.js';
import { retryWhileAway } from './retrying.js';

export interface FinishedRun {
  readonly block: HeldBlock;
  readonly runId: RunId;
  readonly result: RunResult;
  readonly identity: ChildIdentity;
  readonly provenance: Provenance;
}

export interface CommitterOptions {
  readonly store: SweepStore;
  readonly endings: BlockEndings;
  readonly parking: Parking;
  readonly logger: Logger;
  /** Called with the seconds that each outcome took. */
  readonly onDecided: (seconds: number) => void;
  /** Aborted when a stop has waited long enough for Redis. */
  readonly giveUp: AbortSignal;
}

export class Committer {
  private readonly waiting: FinishedRun[] = [];
  private draining: Promise<void> | null = null;
  readonly counters: Record<CommitOutcome, number> = {
    committed: 0,
    duplicate: 0,
    divergent: 0,
    'wrong-class': 0,
    'unknown-sweep': 0,
  };

  constructor(private readonly options: CommitterOptions) {}

  offer(run: FinishedRun): void {
    run.block.resultKnown(run.runId);
    this.waiting.push(run);
    this.draining ??= this.drain().finally(() => {
      this.draining = null;
    });
  }

  /** Resolves when every result offered so far is committed or given up. */
  async settled(): Promise<void> {
    await this.draining;
  }

  private async drain(): Promise<void> {
    const { store, logger, giveUp, endings } = this.options;
    for (let run = this.waiting[0]; run !== undefined; run = this.waiting[0]) {
      const commit = commitOf(run);
      const offeredAtMs = performance.now();
      try {
        const outcome = await retryWhileAway(() => store.commit(commit), {
          what: 'commit',
          signal: giveUp,
          logger,
        });
        this.counters[outcome] += 1;
        this.options.onDecided((performance.now() - offeredAtMs) / 1000);
        this.settle(run, outcome, commit);
      } catch (thrown) {
        const error = coerceError(thrown);
        logger.error(
          { err: error, jobId: run.block.jobId, runId: run.runId },
          'result could not be committed',
        );
        // Redis away until the stop gave up is nobody's fault; anything else would come again with the same result.
        if (!(thrown instanceof RetryableError)) {
          void endings.fail(run.block, { cause: 'error', reason: `commit: ${error.message}`, guilty: true });
        }
      }
      this.waiting.shift();
    }
  }

  private settle(run: FinishedRun, outcome: CommitOutcome, commit: Commit): void {
    const { endings, parking, logger } = this.options;
    const { block, runId } = run;
    const facts = { jobId: block.jobId, runId, digest: commit.digest, numericsClass: commit.numericsClass };
    switch (outcome) {
      case 'divergent':
        logger.error(
          facts,
          'DIVERGENT RESULT: the same run has been committed with another digest; the first stands',
        );
        break;
      case 'committed':
      case 'duplicate':
        logger.debug({ ...facts, outcome }, 'run committed');
        break;
      case 'wrong-class':
        logger.warn(facts, 'sweep is pinned to another numerics class; its block goes to another trainer');
        block.abandon('wrong-class');
        parking.park(block);
        return;
      case 'unknown-sweep':
        block.abandon('cancelled');
        void endings.fail(block, { cause: 'cancelled', reason: 'the sweep is gone', guilty: false });
        return;
      default:
        assertNever(outcome, 'commit outcome');
    }
    block.committed(runId);
    if (block.isCommitted) void endings.complete(block);
  }
}

function commitOf(run: FinishedRun): Commit {
  return {
    schemaVersion: run.block.job.schemaVersion,
    runId: run.runId,
    sweepId: run.block.job.sweepId,
    numericsClass: run.identity.numericsClass,
    digest: resultDigestOf(run.result),
    result: run.result,
    provenance: run.provenance,
  };
}
