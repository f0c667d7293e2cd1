/**
 * The loop of one core: keep a child alive, gather a pack, train it, settle what became of it.
 *
 *   (no child) ── hello ──▶ idle ── blocks gathered ──▶ training ── done / error ──▶ idle
 *        ▲                   │                              │
 *        └──── child died ───┴──────── child died ──────────┘
 */
import { once } from 'node:events';
import type { Logger } from 'pino';
import {
  coerceError,
  type RunResult,
  type RunTime,
  SEEDBED_VERSION,
  type TrainerId,
} from '@seedbed/contracts';
import type { BlockFailure } from '@seedbed/queue';
import type { Backlog } from './backlog.js';
import type { BlockEndings } from './block-endings.js';
import type { CheckpointUploads } from './checkpoint-uploads.js';
import type { Committer } from './committer.js';
import type { Gatherer } from './gatherer.js';
import type { HeldBlock } from './held-block.js';
import { Pack, type PackSummary } from './pack.js';
import type { ProgressWriter } from './progress-writer.js';
import type { MemberProgress } from './protocol.js';
import type { Pulse } from './pulse.js';
import type { Resumption } from './resumption.js';
import { Backoff } from './retrying.js';
import type { TrainerCounters } from './trainer-metrics.js';
import type { PackOutcome, TrainingChild } from './training-child.js';

/** Respawning after a crash; a child that cannot live must not become a fork bomb. */
const RESPAWN_FIRST_MS = 250;
export const RESPAWN_MAX_MS = 30_000;

export interface SlotOptions {
  readonly slotIndex: number;
  readonly trainerId: TrainerId;
  readonly forkChild: (slotIndex: number) => Promise<TrainingChild>;
  readonly gatherer: Gatherer;
  readonly backlog: Backlog;
  readonly endings: BlockEndings;
  readonly committer: Committer;
  readonly progress: ProgressWriter;
  readonly resumption: Resumption;
  readonly uploads: CheckpointUploads;
  /** Null: no checkpoints are kept. */
  readonly checkpointIntervalMs: number | null;
  /** Of the build, for the provenance; null where nothing says it. */
  readonly revision: string | null;
  readonly pulse: Pulse;
  readonly counters: TrainerCounters;
  readonly draining: AbortSignal;
  readonly logger: Logger;
}

export class Slot {
  private pack: Pack | null = null;
  /** The most memory that a child of this slot has used. */
  private peak: number | null = null;
  private readonly respawn = new Backoff(RESPAWN_FIRST_MS, RESPAWN_MAX_MS);

  constructor(
    private readonly options: SlotOptions,
    private child: TrainingChild,
  ) {}

  get isAlive(): boolean {
    return !this.child.gone.aborted;
  }

  /** Blocks of the pack in training of which no other child has a part; none between packs. */
  get wholeBlocks(): readonly HeldBlock[] {
    return (this.pack?.parts ?? []).filter((part) => part.isWhole).map(({ block }) => block);
  }

  get peakBytes(): number | null {
    return this.peak;
  }

  packSummary(): PackSummary | null {
    return this.pack?.summary() ?? null;
  }

  /** Resolves when the child is gone. */
  async kill(): Promise<void> {
    const { gone } = this.child;
    this.child.kill();
    if (!gone.aborted) await once(gone, 'abort');
  }

  /** Ends when draining begins. Never rejects. */
  async run(): Promise<void> {
    const { gatherer, backlog, pulse, draining, logger } = this.options;
    while (!draining.aborted) {
      try {
        if (!this.isAlive && !(await this.replaceChild())) continue;
        const parts = await gatherer.gather(AbortSignal.any([draining, this.child.gone]), () =>
          pulse.beat('gathering'),
        );
        if (parts === null || draining.aborted) continue;
        // A child that died while blocks were gathered has nothing to do with them.
        if (this.isAlive) await this.train(parts.filter((part) => part.isOpen));
        else backlog.put(...parts);
      } catch (thrown) {
        logger.error({ err: coerceError(thrown) }, 'slot failed; going on');
        await this.respawn.pause(draining);
      }
    }
  }

  private async replaceChild(): Promise<boolean> {
    const { forkChild, slotIndex, pulse, draining, logger } = this.options;
    pulse.beat('replacing-child');
    await this.respawn.pause(draining);
    if (draining.aborted) return false;
    try {
      this.child = await forkChild(slotIndex);
      this.options.counters.childrenReplaced += 1;
      logger.info({ processId: this.child.processId }, 'training child replaced');
      return true;
    } catch (thrown) {
      if (!draining.aborted)
        logger.error({ err: coerceError(thrown) }, 'training child not replaced; trying again');
      return false;
    }
  }

  private async train(parts: ConstructorParameters<typeof Pack>[0]): Promise<void> {
    if (parts.length === 0) return;
    this.options.pulse.beat('training');
    const pack = new Pack(parts);
    const checkpoints = await this.options.resumption.load(pack.members);
    // While they were fetched the child may have died, or a block have been cancelled, handed back or lost.
    if (!this.isAlive || !parts.every((part) => part.isOpen)) {
      this.options.backlog.put(...parts.filter((part) => part.isOpen));
      return;
    }
    this.pack = pack;
    this.options.pulse.beat('training');
    const child = this.child;
    const drops = pack.blocks.map((block) => {
      const drop = () => child.cancel(pack.membersOf(block));
      block.abandoned.addEventListener('abort', drop);
      return () => block.abandoned.removeEventListener('abort', drop);
    });
    const facts = {
      blocks: pack.blocks.map((block) => block.jobId),
      runs: pack.members.length,
      processId: child.processId,
    };
    this.options.logger.info(facts, 'pack started');
    const outcome = await child.train(
      {
        members: pack.members.map((member) => member.settings),
        checkpoints,
        checkpointIntervalMs: this.options.checkpointIntervalMs,
      },
      {
        onProgress: (members) => this.noteProgress(pack, members),
        onResult: (member, result, time) => this.offerResult(pack, member, { result, time }),
        onCheckpoint: (member, checkpoint) => this.offerCheckpoint(pack, member, checkpoint),
        onSignOfLife: () => this.options.pulse.beat('training'),
      },
    );
    for (const remove of drops) remove();
    if (outcome.kind === 'done') this.peak = Math.max(outcome.peakBytes, this.peak ?? 0);
    this.pack = null;
    this.options.logger.info(
      { ...facts, outcome: outcome.kind, durationMs: Date.now() - pack.startedAt.getTime() },
      'pack ended',
    );
    await this.settle(pack, outcome);
  }

  private noteProgress(pack: Pack, members: readonly MemberProgress[]): void {
    this.options.counters.networkSteps += pack.update(members);
    for (const { member, points } of members) {
      const trained = pack.members[member];
      if (trained === undefined || !trained.block.awaits(trained.runId)) continue;
      const { sweepId } = trained.block.job;
      this.options.progress.note({ sweepId, runId: trained.runId }, pack.progressOf(member), points);
    }
  }

  private offerResult(
    pack: Pack,
    index: number,
    { result, time }: { readonly result: RunResult; readonly time: RunTime | null },
  ): void {
    const member = pack.members[index];
    if (member === undefined)
      throw new TypeError(`result of member ${index} of a pack of ${pack.members.length}`);
    const { identity } = this.child;
    const { revision } = this.options;
    this.options.progress.forget({ sweepId: member.block.job.sweepId, runId: member.runId });
    this.options.committer.offer({
      block: member.block,
      runId: member.runId,
      result,
      identity,
      provenance: {
        trainerId: this.options.trainerId,
        attempt: member.block.claimed.attempt,
        token: member.block.claimed.token,
        backend: identity.backend,
        tensorflow: identity.tensorflow,
        node: process.version,
        seedbed: SEEDBED_VERSION,
        ...(revision === null ? {} : { revision }),
        startedAt: pack.startedAt.toISOString(),
        finishedAt: new Date().toISOString(),
        packWidth: pack.members.length,
        ...(time === null ? {} : { time }),
      },
    });
  }

  private offerCheckpoint(
    pack: Pack,
    index: number,
    { step, bytes }: { readonly step: number; readonly bytes: Uint8Array },
  ): void {
    const member = pack.members[index];
    if (member === undefined) return;
    const { runId, block } = member;
    const { numericsClass } = this.child.identity;
    this.options.uploads.offer({ block, runId, step, bytes, numericsClass });
  }

  /** Says of every block that has not all its results why not. */
  private async settle(pack: Pack, outcome: PackOutcome): Promise<void> {
    const { endings, draining, logger } = this.options;
    const failure = failureOf(outcome, pack.isOneBlock);
    if (outcome.kind === 'done') this.respawn.reset();
    // A stop kills the children and hands their blocks back itself.
    if (draining.aborted) return;
    const open = pack.parts.filter((part) => part.isOpen).map(({ block }) => block);
    if (outcome.kind === 'died')
      logger.error({ ...outcome.death, blocks: open.length }, 'training child died');
    if (open.length > 0 && outcome.kind === 'error') logger.error({ err: outcome.message }, 'pack failed');
    await Promise.all(open.map((block) => endings.fail(block, failure)));
    if (outcome.kind === 'error' && outcome.retryable) await this.respawn.pause(draining);
  }
}

/** A failure in company accuses nobody: its blocks become suspects and are trained alone. */
function failureOf(outcome: PackOutcome, alone: boolean): BlockFailure {
  switch (outcome.kind) {
    case 'done':
      return { cause: 'error', reason: 'training ended without a result', guilty: alone };
    case 'error':
      return outcome.retryable
        ? { cause: 'infrastructure', reason: outcome.message, guilty: false }
        : { cause: 'error', reason: outcome.message, guilty: alone };
    case 'died':
      return { ...outcome.death, guilty: alone && outcome.death.cause !== 'infrastructure' };
  }
}
