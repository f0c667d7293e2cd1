/**
 * One schedule: a small sweep led by the real conductor and trained by the real supervisors, on the queue in memory, under a
 * virtual clock, while one seed decides when everything happens and what goes wrong. Then everything heals, and the sweep
 * has to come to its end, with the same answer.
 */
import {
  canonicalJson,
  jobIdOf,
  numericsClassSchema,
  sha256,
  type SweepId,
  trainerIdSchema,
} from '@seedbed/contracts';
import {
  answerOf,
  Conductor,
  ConductorLoop,
  control,
  launchSweep,
  readFacts,
  retry,
} from '@seedbed/coordinator';
import { createMemorySystem, type MemorySystem, type SweepStore } from '@seedbed/queue';
import { expandBlocks, parseSweepSpec } from '@seedbed/search';
import { superviseChildren, type Trainer } from '@seedbed/trainer';
import { NO_FAULTS, type Wire, wired } from './faulty-wire.js';
import { Happenings } from './happenings.js';
import { listeningLogger } from './listening-logger.js';
import { observed, type Observations } from './observed-store.js';
import { SeededRandom } from './seeded-random.js';
import { SimulatedCheckpoints } from './simulated-checkpoints.js';
import { SimulatedChild } from './simulated-child.js';
import { NOBODY, type Owner, VirtualTime } from './virtual-time.js';

const CLASS = numericsClassSchema.parse('simulated-1');
const IDENTITY = { backend: 'simulated', tensorflow: null, numericsClass: CLASS, fallbackReason: null };
const DATASET_DIGEST = sha256('a data set for simulations');
const LOCK_MS = 1_000;
const STALLED_CHECK_MS = 250;
const RECONCILE_MS = 500;
const LEASE_MS = 1_200;
const SHARING_MS = 500;
const CHECKPOINT_MS = 1;
/** Faults go on for at most so long. */
const FAULTS_MS_MAX = 4_500;
/** From the end of the faults to the end of the sweep: many times what an undisturbed one takes. */
const PATIENCE_MS = 120_000;
/** Blocks whose runs are committed are completed within this. */
const AFTERMATH_MS = 3 * LOCK_MS;
const START_OF_TIME = Date.UTC(2026, 0, 1);

/** Three λ with two seeds each, then the best of them once more with a third. */
const SPEC = parseSweepSpec({
  seedbed: 1,
  name: 'simulated',
  seeds: 2,
  training: { schedule: { kind: 'constant', learningRate: 0.01, steps: 4 } },
  stages: [
    { name: 'coarse', parameters: { lambda: { min: 1e-5, max: 1e-2, scale: 'log', count: 3 } } },
    { name: 'final', parameters: { lambda: { from: 'coarse' } }, seeds: 3 },
  ],
});

export interface ScheduleOutcome {
  readonly violations: readonly string[];
  readonly happenings: Happenings;
  /** The bytes of answer.json; null for a sweep that was cancelled. */
  readonly answer: string | null;
}

export interface ScheduleOptions {
  readonly seed: number;
  /** Without faults nothing goes wrong, and the answer is the one to be met. @default true */
  readonly withFaults?: boolean;
  /** Puts something in place of the records, to see that it is noticed. */
  readonly sabotage?: (store: SweepStore) => SweepStore;
}

const SILENT = listeningLogger(() => undefined);

/** Never two at once in one JavaScript realm: it replaces the realm's timers while it runs. */
export async function runSchedule(options: ScheduleOptions): Promise<ScheduleOutcome> {
  const random = new SeededRandom(options.seed);
  const time = new VirtualTime(random);
  time.install();
  try {
    return await new Schedule(options, random, time).run();
  } finally {
    time.uninstall();
  }
}

type SupervisorLogger = Parameters<typeof superviseChildren>[0]['logger'];

interface TrainerProcess {
  readonly owner: Owner;
  readonly children: Set<SimulatedChild>;
  trainer: Trainer | null;
}

class Schedule {
  private readonly happenings = new Happenings();
  private readonly violations: string[] = [];
  private readonly system: MemorySystem;
  private readonly store: SweepStore;
  private readonly wire: Wire;
  private readonly checkpoints: SimulatedCheckpoints;
  private readonly seen: Observations = {
    firstCommits: new Map(),
    acknowledged: new Map(),
    sweepState: 'running',
  };
  private readonly owners: Owner[] = [];
  private coordinators: Owner[] = [];
  private trainers: TrainerProcess[] = [];
  private readonly guilty = new Set<number>();
  private readonly starts = new Map<string, number>();
  private sweepId!: SweepId;

  constructor(
    private readonly options: ScheduleOptions,
    private readonly random: SeededRandom,
    private readonly time: VirtualTime,
  ) {
    this.system = createMemorySystem({
      now: () => START_OF_TIME + time.nowMs,
      lockDurationMs: LOCK_MS,
      stalledCheckIntervalMs: STALLED_CHECK_MS,
    });
    const sabotaged = options.sabotage?.(this.system.store) ?? this.system.store;
    this.store = observed(sabotaged, this.seen, { happenings: this.happenings, violation: this.violation });
    this.wire = { time, random, happenings: this.happenings, rates: NO_FAULTS, outageUntilMs: 0 };
    this.checkpoints = new SimulatedCheckpoints(this.wire, this.violation);
  }

  private readonly violation = (what: string): void => {
    this.violations.push(`at ${Math.round(this.time.nowMs)} ms: ${what}`);
  };

  async run(): Promise<ScheduleOutcome> {
    const { random, time } = this;
    const now = new Date(START_OF_TIME).toISOString();
    const launched = await launchSweep(this.system.store, { spec: SPEC, idempotencyKey: 'simulated', now });
    if (launched.kind === 'conflict') throw new TypeError('a fresh store has no other sweep');
    this.sweepId = launched.record.sweepId;
    this.startCoordinator();
    const trainers = 1 + random.below(3);
    for (let index = 0; index < trainers; index += 1) this.startTrainer();
    if (this.options.withFaults ?? true) {
      const faultsUntilMs = random.between(500, FAULTS_MS_MAX);
      this.plague(faultsUntilMs);
      await time.runUntil(() => false, faultsUntilMs);
      this.heal();
    }
    const isFinal = () => this.seen.sweepState === 'completed' || this.seen.sweepState === 'cancelled';
    if (!(await time.runUntil(isFinal, time.nowMs + PATIENCE_MS))) {
      this.violation(`the sweep is ${this.seen.sweepState} after ${PATIENCE_MS / 1_000} s without faults`);
    }
    let isQuiet = false;
    const look = async () => {
      const { waiting, active } = await this.system.queue.depth();
      isQuiet = waiting + active === 0;
      time.schedule(NOBODY, LOCK_MS / 4, () => void look());
    };
    void look();
    await time.runUntil(() => isQuiet, time.nowMs + AFTERMATH_MS);
    await this.checkEnd();
    for (const owner of this.owners) owner.isDead = true;
    const isCompleted = this.seen.sweepState === 'completed';
    const answer = isCompleted && this.violations.length === 0 ? await this.answer() : null;
    return { violations: this.violations, happenings: this.happenings, answer };
  }

  private newOwner(name: string): Owner {
    const owner = { name: `${name}-${this.owners.length}`, isDead: false, pausedUntilMs: 0 };
    this.owners.push(owner);
    return owner;
  }

  private startCoordinator(): void {
    const owner = this.newOwner('coordinator');
    this.coordinators.push(owner);
    const queue = wired(this.system.openQueue(), owner, this.wire);
    const store = wired(this.store, owner, this.wire);
    this.time.as(owner, () => {
      const conductor = new Conductor({
        store,
        queue,
        datasetDigest: DATASET_DIGEST,
        owner: owner.name,
        leaseDurationMs: LEASE_MS,
        logger: SILENT,
      });
      const loop = new ConductorLoop(conductor, { reconcileIntervalMs: RECONCILE_MS, logger: SILENT });
      void queue.startStalledCheck();
      store.onCommits(() => loop.wake('glance'));
      void loop.start();
    });
  }

  private startTrainer(): void {
    const owner = this.newOwner('trainer');
    const process: TrainerProcess = { owner, children: new Set(), trainer: null };
    this.trainers.push(process);
    const { time, random, happenings, guilty, violation } = this;
    const world = { time, random, happenings, identity: IDENTITY, guilty, violation };
    const forkChild = () => {
      const child = new SimulatedChild(world, owner);
      process.children.add(child);
      child.gone.addEventListener('abort', () => process.children.delete(child), { once: true });
      return Promise.resolve(child);
    };
    void time.as(owner, () =>
      superviseChildren(
        {
          queue: wired(this.system.openQueue(), owner, this.wire),
          store: wired(this.store, owner, this.wire),
          trainerId: trainerIdSchema.parse(owner.name),
          children: 1 + random.below(2),
          packRunsMax: 6,
          lockDurationMs: LOCK_MS,
          workSharingIntervalMs: SHARING_MS,
          checkpoints: random.chance(0.7) ? this.checkpoints.for(owner) : null,
          checkpointIntervalMs: CHECKPOINT_MS,
          logger: this.listening as unknown as SupervisorLogger,
        },
        forkChild,
        new AbortController(),
      ).then((trainer) => (process.trainer = trainer)),
    );
  }

  /** Supervisors say what they did; it is counted. */
  private readonly listening = listeningLogger((message) => {
    if (message === 'block handed back') this.happenings.note('block handed back');
    else if (message.startsWith('lock lost')) this.happenings.note('lock lost');
    else if (message === 'block is a dead letter') this.happenings.note('dead letter');
  });

  /** Faults until then, each at a time of its own. */
  private plague(untilMs: number): void {
    const { random, time } = this;
    const rate = random.pick([0, 0.005, 0.02, 0.06]) ?? 0;
    this.wire.rates = { lostRequest: rate, lostReply: rate, twice: 2 * rate, late: rate };
    if (random.chance(0.3)) this.guilty.add(random.below(3));
    const next = () => {
      if (time.nowMs >= untilMs) return;
      this.misfortune();
      if (random.chance(0.4)) void this.sample();
      time.schedule(NOBODY, random.between(50, 1_200), next);
    };
    time.schedule(NOBODY, random.between(0, 800), next);
  }

  private misfortune(): void {
    const { random, time, happenings, trainers, coordinators } = this;
    const trainer = random.pick(trainers);
    const coordinator = random.pick(coordinators);
    const what = random.below(14);
    if (what <= 1 && trainer !== undefined) {
      happenings.note('trainer killed');
      trainer.owner.isDead = true;
      this.trainers = trainers.filter((one) => one !== trainer);
      time.schedule(NOBODY, random.between(10, 1_500), () => this.startTrainer());
    } else if (what === 2 && trainer?.trainer != null) {
      happenings.note('trainer stopped by SIGTERM');
      const { trainer: running, owner } = trainer;
      this.trainers = trainers.filter((one) => one !== trainer);
      void time.as(owner, () => running.stop()).then(() => (owner.isDead = true));
      time.schedule(NOBODY, random.between(10, 500), () => this.startTrainer());
    } else if (what <= 4 && trainer !== undefined) {
      const pauseMs = random.between(100, 4 * LOCK_MS);
      if (pauseMs > LOCK_MS) happenings.note('trainer paused beyond its lock');
      trainer.owner.pausedUntilMs = time.nowMs + pauseMs;
    } else if (what === 5 && trainer !== undefined) {
      const child = random.pick([...trainer.children]);
      if (child !== undefined) happenings.note('child killed from outside');
      time.as(trainer.owner, () => child?.die('infrastructure', 'killed from outside'));
    } else if (what <= 7 && coordinator !== undefined) {
      happenings.note('coordinator killed');
      coordinator.isDead = true;
      this.coordinators = coordinators.filter((one) => one !== coordinator);
      time.schedule(NOBODY, random.between(10, 1_500), () => this.startCoordinator());
    } else if (what === 8 && coordinator !== undefined) {
      const pauseMs = random.between(100, 3 * LEASE_MS);
      if (pauseMs > LEASE_MS) happenings.note('coordinator paused beyond its lease');
      coordinator.pausedUntilMs = time.nowMs + pauseMs;
    } else if (what === 9 && coordinators.length < 2) {
      this.startCoordinator();
      if (this.coordinators.length > 1) happenings.note('two coordinators at once');
    } else if (what === 10) {
      happenings.note('outage');
      this.wire.outageUntilMs = time.nowMs + random.between(50, 2 * LOCK_MS);
    } else if (what === 11) void this.dropWaitingBlock();
    else void this.steer(what === 12 && random.chance(0.15) ? 'cancel' : 'pause');
  }

  private async steer(action: 'pause' | 'cancel'): Promise<void> {
    if ((await control(this.store, this.sweepId, action)) !== 'done') return;
    this.happenings.note(action === 'pause' ? 'sweep paused' : 'sweep cancelled');
    if (action === 'cancel') return;
    const resume = () => void control(this.store, this.sweepId, 'resume');
    this.time.schedule(NOBODY, this.random.between(50, 1_000), resume);
  }

  /** As a server that was restored from an older copy would. */
  private async dropWaitingBlock(): Promise<void> {
    const jobIds = await this.jobIds();
    const states = await this.system.queue.states(jobIds);
    const waiting = jobIds.filter((jobId) => states.get(jobId) === 'waiting');
    if (waiting.length === 0) return;
    this.happenings.note('waiting block dropped');
    await this.system.queue.remove([waiting[0]!]);
  }

  private heal(): void {
    const { time } = this;
    this.wire.rates = NO_FAULTS;
    this.wire.outageUntilMs = 0;
    this.guilty.clear();
    for (const owner of this.owners) owner.pausedUntilMs = Math.min(owner.pausedUntilMs, time.nowMs);
    if (this.coordinators.length === 0) this.startCoordinator();
    if (this.trainers.length === 0) this.startTrainer();
    const care = () => {
      if (this.seen.sweepState === 'completed' || this.seen.sweepState === 'cancelled') return;
      void this.comfort();
      time.schedule(NOBODY, 2 * LOCK_MS, care);
    };
    care();
  }

  /** What a person does who wants the answer: go on, and give what was set aside another chance. */
  private async comfort(): Promise<void> {
    await control(this.store, this.sweepId, 'resume');
    if ((await this.store.readDeadLetters(this.sweepId)).length === 0) return;
    await retry(this.store, this.sweepId);
    this.happenings.note('retried by a person');
  }

  private async jobIds(): Promise<string[]> {
    const plans = await this.system.store.readPlannedStages(this.sweepId);
    return plans.flatMap((plan) => Array.from(expandBlocks(this.sweepId, plan), (job) => jobIdOf(job)));
  }

  /** What holds at every moment: each block is in one place, starts only rise, and what was acknowledged stands. */
  private async sample(): Promise<void> {
    const jobIds = await this.jobIds();
    const [states, depth] = await Promise.all([this.system.queue.states(jobIds), this.system.queue.depth()]);
    const count = (state: string) => [...states.values()].filter((own) => own === state).length;
    if (count('waiting') !== depth.waiting || count('active') !== depth.active) {
      this.violation(`${count('waiting')} blocks wait, ${depth.waiting} are in the queue`);
    }
    for (const jobId of jobIds) {
      const { starts = 0 } = await this.system.store.attempts(jobId);
      if (starts > 1 && starts > (this.starts.get(jobId) ?? 0)) this.happenings.note('block started again');
      this.starts.set(jobId, starts);
    }
    await this.checkCommits();
  }

  /** Each acknowledged result is the record, under the token that was acknowledged first. */
  private async checkCommits(): Promise<void> {
    const acknowledged = new Map(this.seen.acknowledged);
    const records = await this.system.store.readCommits([...acknowledged.keys()], CLASS);
    for (const [runId, digest] of acknowledged) {
      const record = records.get(runId);
      if (record === undefined) this.violation(`run ${runId} was acknowledged and is lost`);
      else if (
        record.digest !== digest ||
        record.provenance.token !== this.seen.firstCommits.get(runId)?.token
      ) {
        this.violation(`run ${runId} has another result than the one acknowledged first`);
      }
    }
  }

  private async checkEnd(): Promise<void> {
    await this.sample();
    const { waiting, active } = await this.system.queue.depth();
    if (waiting + active > 0) this.violation(`${waiting} blocks wait and ${active} are held at the end`);
    if (this.seen.sweepState !== 'completed') return;
    const plans = await this.system.store.readPlannedStages(this.sweepId);
    const planned = new Set(
      plans.flatMap((plan) =>
        [...expandBlocks(this.sweepId, plan)].flatMap((job) => job.runs.map((run) => run.runId)),
      ),
    );
    const committed = this.seen.firstCommits;
    if (planned.size !== committed.size || [...planned].some((runId) => !committed.has(runId))) {
      this.violation(`${planned.size} runs are planned and ${committed.size} committed`);
    }
    if ((await this.system.store.commitCounters()).divergent > 0) this.violation('divergent results');
  }

  private async answer(): Promise<string> {
    const record = await this.system.store.getSweep(this.sweepId);
    if (record === null) throw new TypeError('the sweep is there');
    return canonicalJson(answerOf(await readFacts(this.system.store, record)));
  }
}
