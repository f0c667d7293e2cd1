/**
 * Where the runs of a block that was started before can go on. Only runs of one step may share a pack, so a block goes on
 * at the highest step that all its runs have a checkpoint of, or begins anew. A block that is under suspicion begins anew:
 * what it had come to may be what crashed a child.
 */
import type { Logger } from 'pino';
import { coerceError, type NumericsClass, type RunId } from '@seedbed/contracts';
import type { CheckpointStore } from './checkpoint-store.js';
import type { HeldBlock } from './held-block.js';
import type { PackMember } from './pack.js';

/** After a failure nobody is asked for so long: claims must not wait for a coordinator that does not answer. */
const REST_AFTER_FAILURE_MS = 30_000;
/** Together, from the store: a pack's weights are 15 MB. */
const LOAD_TIMEOUT_MS = 30_000;

export interface ResumptionOptions {
  /** Null where no checkpoints are kept. */
  readonly checkpoints: CheckpointStore | null;
  readonly numericsClass: NumericsClass;
  readonly draining: AbortSignal;
  readonly logger: Logger;
}

export class Resumption {
  private restsUntilMs = 0;
  /** As listed when the step was chosen. */
  private readonly digests = new WeakMap<HeldBlock, ReadonlyMap<RunId, string>>();

  constructor(private readonly options: ResumptionOptions) {}

  /** 0 for the beginning. Never rejects. */
  async stepOf(block: HeldBlock): Promise<number> {
    const { checkpoints, numericsClass, draining, logger } = this.options;
    const { attempt, suspect } = block.claimed;
    // Nobody can have left anything of a block that is started for the first time.
    if (checkpoints === null || attempt === 1 || suspect || block.job.settings.task !== 'train') return 0;
    if (performance.now() < this.restsUntilMs) return 0;
    const runIds = block.remainingRuns.map((run) => run.runId);
    try {
      const known = await checkpoints.list(runIds, numericsClass, draining);
      const step = highestCommonStep(runIds, known);
      const chosen = known.filter((one) => one.step === step);
      this.digests.set(block, new Map(chosen.map(({ runId, sha256 }) => [runId, sha256])));
      return step;
    } catch (thrown) {
      this.restsUntilMs = performance.now() + REST_AFTER_FAILURE_MS;
      logger.info(
        { err: coerceError(thrown), jobId: block.jobId },
        'no checkpoints to be had; training from the beginning',
      );
      return 0;
    }
  }

  /** The checkpoints of a pack's members, in their order; null to begin at the beginning. Never rejects. */
  async load(members: readonly PackMember[]): Promise<Uint8Array[] | null> {
    const { checkpoints, numericsClass, draining, logger } = this.options;
    const step = members[0]?.block.resumeStep ?? 0;
    if (checkpoints === null || step === 0) return null;
    const failed = new AbortController();
    const signal = AbortSignal.any([draining, failed.signal]);
    const timer = setTimeout(() => failed.abort(), LOAD_TIMEOUT_MS);
    try {
      const loaded = await Promise.all(
        members.map(async ({ block, runId }) => {
          const sha256 = this.digests.get(block)?.get(runId) ?? '';
          return await checkpoints.read({ numericsClass, runId, step }, sha256, signal);
        }),
      );
      logger.info({ step, runs: loaded.length }, 'going on from checkpoints');
      return loaded;
    } catch (thrown) {
      failed.abort();
      logger.warn({ err: coerceError(thrown), step }, 'checkpoints not usable; training from the beginning');
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** 0 when there is none. Pure. */
export function highestCommonStep(
  runIds: readonly RunId[],
  known: readonly { readonly runId: RunId; readonly step: number }[],
): number {
  const stepsOf = (runId: RunId) => known.filter((one) => one.runId === runId).map(({ step }) => step);
  const [first, ...others] = runIds.map(stepsOf);
  return Math.max(0, ...(first ?? []).filter((step) => others.every((steps) => steps.includes(step))));
}
