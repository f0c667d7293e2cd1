/**
 * A trainer: a supervisor that talks to Redis and never computes, and one training child per core that computes and never
 * talks to Redis. The supervisor keeps no state that anybody would miss: killed at any moment, its blocks go to others.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type CommitOutcome, type Packing, TerminalError, type TrainerId } from '@seedbed/contracts';
import type { BlockQueue, SweepStore } from '@seedbed/queue';
import { Admission } from './admission.js';
import { thisMachine } from './available-cores.js';
import { Backlog } from './backlog.js';
import { BlockEndings } from './block-endings.js';
import { buildRevision } from './build-revision.js';
import { CHECKPOINT_INTERVAL_MS } from './checkpoint-cadence.js';
import type { CheckpointStore } from './checkpoint-store.js';
import { CheckpointUploads } from './checkpoint-uploads.js';
import { childFork, type ForkChild, HANG_DEADLINE_MS, START_DEADLINE_MS } from './child-forking.js';
import { Committer } from './committer.js';
import { Gatherer } from './gatherer.js';
import { Holdings } from './holdings.js';
import { createLockKeeper } from './lock-keeper.js';
import { choosePacking } from './pack-width.js';
import { Parking } from './parking.js';
import { ProgressWriter } from './progress-writer.js';
import { Pulse, type PulseLimits } from './pulse.js';
import { Resumption } from './resumption.js';
import { RESPAWN_MAX_MS, Slot } from './slot.js';
import { createSweepWatch } from './sweep-watch.js';
import { healthOf, type TrainerHealth } from './trainer-health.js';
import { TrainerCounters, type TrainerFacts } from './trainer-metrics.js';
import { createHeartbeat, HEARTBEAT_LATE_MS } from './trainer-status.js';
import type { TrainingChild } from './training-child.js';
import { createWorkSharing } from './work-sharing.js';

export interface TrainerOptions {
  /** Opened and closed by the caller. */
  readonly queue: BlockQueue;
  readonly store: SweepStore;
  readonly trainerId: TrainerId;
  /** Training processes, at least 1. */
  readonly children: number;
  /** Networks trained together in one child; null has the children measure it. @default null */
  readonly packRunsMax?: number | null;
  /** The queue's: a lock not renewed for that long is lost. */
  readonly lockDurationMs: number;
  /** The longest silence of a child that trains. @default HANG_DEADLINE_MS */
  readonly hangDeadlineMs?: number;
  /** The most memory that a child may have resident. @default by its widest pack, within its share of the machine */
  readonly childMemoryBytes?: number | null;
  /** How often work is offered to idle trainers. @default WORK_SHARING_INTERVAL_MS */
  readonly workSharingIntervalMs?: number;
  /** Where states of long runs are kept. @default null: a killed run is trained from the beginning */
  readonly checkpoints?: CheckpointStore | null;
  /** How often they are written. @default CHECKPOINT_INTERVAL_MS */
  readonly checkpointIntervalMs?: number;
  /** The child's program; it speaks the messages of protocol.ts. */
  readonly childPath: string;
  readonly childArguments?: readonly string[];
  /** Nothing is claimed before it resolves; where it rejects, the start fails with its reason. @default at once */
  readonly dataReady?: Promise<void>;
  readonly logger: Logger;
}

export interface Trainer {
  readonly trainerId: TrainerId;
  /** What became of the results offered so far. `divergent` above 0 is an alarm. */
  readonly commits: Readonly<Record<CommitOutcome, number>>;
  /** Hands unfinished blocks back and flushes finished results; bounded in time even when Redis is away. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when a stop is through. */
  readonly stopped: Promise<void>;
  /** For probes; asks nobody, so that it answers at once. */
  health(): TrainerHealth;
  /** For monitoring; asks nobody either. */
  facts(): TrainerFacts;
  /** For a sudden end of the process: leaves no child behind. */
  killChildren(): void;
}

/**
 * An idle slot looks at the queue every 5 s, and a command to Redis fails after 5 s: a minute without a look is a wait that
 * nothing will end.
 */
const GATHERING_STANDSTILL_MS = 60_000;
/** Measuring takes about half a second; a machine too busy for that is not worth the wait. */
const MEASURE_DEADLINE_MS = 2_000;
/** Parts of a stop: together below the 5 s that a parent may count on. */
const HAND_BACK_MS = 1_000;
const FLUSH_MS = 2_000;
const FAREWELL_MS = 500;

/** @throws TerminalError when a child cannot be started */
export async function startTrainer(options: TrainerOptions): Promise<Trainer> {
  const draining = new AbortController();
  return await superviseChildren(options, await childFork(options, draining.signal), draining);
}

/**
 * The supervisor over children of any making; benchmarks of the queue give it some that train nothing.
 *
 * @param draining aborted by the trainer's stop
 */
export async function superviseChildren(
  options: Omit<TrainerOptions, 'childPath' | 'childArguments'>,
  forkChild: ForkChild,
  draining: AbortController,
): Promise<Trainer> {
  const { queue, store, trainerId, logger, lockDurationMs } = options;
  const giveUp = new AbortController();
  const children = await forkAll(options.children, forkChild);
  await options.dataReady?.catch((thrown: unknown) => {
    for (const child of children) child.kill();
    throw thrown;
  });
  const identity = children[0]!.identity;
  if (identity.fallbackReason !== null) {
    logger.warn(
      { reason: identity.fallbackReason },
      'no TensorFlow here: training with WebAssembly, many times slower',
    );
  }

  const packing = await measuredPacking(options, children);
  logger.info(packing, 'width of packs');

  const holdings = new Holdings();
  const endings = new BlockEndings({ queue, holdings, logger, giveUp: giveUp.signal });
  const parking = new Parking(endings, logger);
  const backlog = new Backlog();
  const counters = new TrainerCounters();
  const committer = new Committer({
    store,
    endings,
    parking,
    logger,
    onDecided: (seconds) => counters.commitSeconds.observe(seconds),
    giveUp: giveUp.signal,
  });
  const progress = new ProgressWriter(store);
  const checkpoints = options.checkpoints ?? null;
  const revision = buildRevision(process.env);
  const resumption = new Resumption({
    checkpoints,
    logger,
    numericsClass: identity.numericsClass,
    draining: draining.signal,
  });
  const uploads = new CheckpointUploads({ checkpoints, draining: draining.signal, logger });
  const admission = new Admission({
    store,
    endings,
    parking,
    resumption,
    logger,
    numericsClass: identity.numericsClass,
    draining: draining.signal,
  });
  const gatherer = new Gatherer({
    queue,
    store,
    admission,
    backlog,
    endings,
    holdings,
    parking,
    logger,
    trainerId,
    limits: packing,
    childrenOfThisTrainer: () => slots.filter((slot) => slot.isAlive).length,
    draining: draining.signal,
  });
  const pulses = children.map(() => new Pulse(pulseLimits(options)));
  const slots: Slot[] = children.map(
    (child, slotIndex) =>
      new Slot(
        {
          slotIndex,
          trainerId,
          forkChild,
          gatherer,
          backlog,
          endings,
          committer,
          progress,
          resumption,
          uploads,
          checkpointIntervalMs:
            checkpoints === null ? null : (options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS),
          revision,
          pulse: pulses[slotIndex]!,
          counters,
          draining: draining.signal,
          logger: logger.child({ slot: slotIndex }),
        },
        child,
      ),
  );
  let heartbeatAtMs = -Infinity;
  const heartbeat = createHeartbeat({
    store,
    trainerId,
    slots,
    identity,
    packing,
    draining: draining.signal,
    onArrived: () => (heartbeatAtMs = performance.now()),
  });
  const periodic = [
    createLockKeeper({ queue, holdings, lockDurationMs, logger, onLost: () => (counters.locksLost += 1) }),
    createSweepWatch({ store, holdings, endings, logger }),
    heartbeat,
    progress,
    createWorkSharing({
      queue,
      store,
      slots,
      backlog,
      endings,
      logger,
      numericsClass: identity.numericsClass,
      ...(options.workSharingIntervalMs !== undefined && { intervalMs: options.workSharingIntervalMs }),
    }),
  ];

  for (const task of periodic) task.start();
  // Others should count our children before we claim, but a Redis that is away must not hold up the start.
  await within(FAREWELL_MS, heartbeat.runNow());
  const loops = slots.map((slot) => slot.run());
  logger.info({ children: slots.length, ...identity }, 'trainer ready');

  async function stopOnce(): Promise<void> {
    logger.info('trainer is stopping');
    draining.abort();
    parking.close();
    const unfinished = holdings.all().filter((block) => !block.hasAllResults);
    await within(HAND_BACK_MS, Promise.all(unfinished.map((block) => endings.handBack(block))));
    const gone = slots.map((slot) => slot.kill());
    // A claim under way hands its block back itself; finished results become commits and completions.
    await within(
      FLUSH_MS,
      Promise.all([...gone, ...loops, committer.settled().then(() => endings.settled())]),
    );
    giveUp.abort();
    await within(FAREWELL_MS, Promise.all([committer.settled().then(() => endings.settled())]));
    for (const task of periodic) task.stop();
    await within(FAREWELL_MS, store.removeTrainer(trainerId));
    logger.info('trainer stopped');
  }

  let stopping: Promise<void> | null = null;
  let isStopped: () => void;
  const stopped = new Promise<void>((resolve) => (isStopped = resolve));
  const health = (): TrainerHealth =>
    healthOf({
      standstills: pulses.flatMap((pulse) => pulse.standstill() ?? []),
      childrenAlive: slots.filter((slot) => slot.isAlive).length,
      sinceHeartbeatMs: performance.now() - heartbeatAtMs,
      heartbeatLateMs: HEARTBEAT_LATE_MS,
      isDraining: draining.signal.aborted,
    });
  return {
    trainerId,
    commits: committer.counters,
    stop: () => (stopping ??= stopOnce().finally(() => isStopped())),
    stopped,
    health,
    facts: () => ({
      health: health(),
      counters,
      commits: committer.counters,
      childrenAlive: slots.filter((slot) => slot.isAlive).length,
      packs: slots.flatMap((slot) => slot.packSummary() ?? []),
      blocksHeld: holdings.all().length,
      packing,
    }),
    killChildren: () => {
      for (const slot of slots) void slot.kill();
    },
  };
}

/** Longer than each activity can take when all its own deadlines work. */
function pulseLimits(options: Pick<TrainerOptions, 'hangDeadlineMs'>): PulseLimits {
  return {
    gathering: GATHERING_STANDSTILL_MS,
    'replacing-child': START_DEADLINE_MS + 2 * RESPAWN_MAX_MS,
    training: 2 * (options.hangDeadlineMs ?? HANG_DEADLINE_MS),
  };
}

/** Before the first block is claimed, so that no pack waits for it. */
async function measuredPacking(
  { packRunsMax = null, children: count }: Pick<TrainerOptions, 'packRunsMax' | 'children'>,
  children: readonly TrainingChild[],
): Promise<Omit<Packing, 'peakBytes'>> {
  // All at once, as they will train.
  const measured =
    packRunsMax === null
      ? await Promise.all(children.map((child) => child.measure(MEASURE_DEADLINE_MS)))
      : [];
  return choosePacking({ measured, packRunsMax, grantedBytes: thisMachine().memoryBytes / count });
}

async function forkAll(count: number, forkChild: ForkChild): Promise<TrainingChild[]> {
  const starts = await Promise.allSettled(
    Array.from({ length: count }, (_, slotIndex) => forkChild(slotIndex)),
  );
  const children = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  const classes = new Set(children.map((child) => child.identity.numericsClass));
  if (failed === undefined && classes.size === 1) return children;
  for (const child of children) child.kill();
  if (failed !== undefined) throw failed.reason;
  throw new TerminalError(`the children of one trainer compute differently: ${[...classes].join(', ')}`);
}

/** Waits for it, but no longer; its failure counts as an end too. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    work.catch(() => undefined),
    delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
}
