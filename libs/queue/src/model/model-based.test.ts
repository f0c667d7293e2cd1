/**
 * Queue and store against their model: random commands of several trainers and a coordinator, crashes of trainers and of the
 * server among them, on a real server and in memory. After every command what is recorded must be what the model says;
 * fast-check shrinks a history that fails to the shortest one. SEEDBED_MODEL_RUNS runs more histories than a few.
 */
import { jobIdOf, type RunId } from '@seedbed/contracts';
import fc from 'fast-check';
import { openBlockQueue } from '../block-queue.js';
import { blockOf, commitOf, resultWith, SWEEP, sweepRecordOf } from '../conformance/test-data.js';
import { until } from '../conformance/until.js';
import { Connection } from '../connection.js';
import { type BlockQueue, QUEUE_DEFAULTS, type SweepStore } from '../interfaces.js';
import { BULLMQ_KEYS } from '../keys.js';
import { createMemorySystem } from '../memory-system.js';
import { startThrowawayServer, type ThrowawayServer } from '../server-fixture.js';
import { openSweepStore } from '../sweep-store.js';
import { type Holder, RecordsModel } from './records-model.js';

const RUNS = Number(process.env['SEEDBED_MODEL_RUNS'] ?? 25);
const BLOCKS = [0, 1, 2].map((trialIndex) => blockOf(trialIndex));
const JOB_IDS = BLOCKS.map(jobIdOf);
const RUN_IDS: readonly RunId[] = BLOCKS.flatMap((block) => block.runs.map((run) => run.runId));
const SETTLED_MS = 10_000;

interface RealSystem {
  readonly queue: BlockQueue;
  readonly store: SweepStore;
  /** All locks run out, and the stalled check has looked twice. */
  loseAll(): Promise<void>;
  /** The server dies and comes back. */
  restart(): Promise<void>;
}

const reached = new Map<string, number>();

abstract class Command implements fc.AsyncCommand<RecordsModel, RealSystem> {
  check(_model: Readonly<RecordsModel>): boolean {
    return true;
  }
  async run(model: RecordsModel, real: RealSystem): Promise<void> {
    reached.set(this.constructor.name, (reached.get(this.constructor.name) ?? 0) + 1);
    await this.perform(model, real);
    await compare(model, real);
  }
  protected abstract perform(model: RecordsModel, real: RealSystem): Promise<void>;
  abstract toString(): string;
}

/** Everything that can be read is what the model says. */
async function compare(model: RecordsModel, { queue, store }: RealSystem): Promise<void> {
  const states = await queue.states(JOB_IDS);
  expect(JOB_IDS.map((jobId) => states.get(jobId))).toEqual(model.blocks.map(({ state }) => state));
  const count = (state: string) => model.blocks.filter((block) => block.state === state).length;
  expect(await queue.depth()).toEqual({ waiting: count('waiting'), active: count('active') });
  for (const [index, { starts, counts }] of model.blocks.entries()) {
    const expected = starts === 0 ? {} : { starts, ...counts };
    expect(await store.attempts(JOB_IDS[index]!)).toEqual(expected);
  }
  const letters = await store.readDeadLetters(SWEEP);
  expect(letters.map(({ jobId }) => jobId).sort()).toEqual(
    JOB_IDS.filter((_, index) => model.blocks[index]!.isDead).sort(),
  );
  expect(await store.commitCounters()).toEqual(model.counters);
  const commits = await store.readCommits(RUN_IDS, null);
  const correct = RUN_IDS.map((runId) => {
    const result = commits.get(runId)?.result;
    return result?.outcome === 'trained' ? result.validation.correct : undefined;
  });
  expect(correct).toEqual(RUN_IDS.map((_, run) => model.commits.get(run)));
}

class Add extends Command {
  constructor(readonly block: number) {
    super();
  }
  async perform(model: RecordsModel, { queue }: RealSystem) {
    await queue.add([BLOCKS[this.block]!]);
    model.add(this.block);
  }
  toString = () => `add ${this.block}`;
}

let tokens = 0;
class Claim extends Command {
  async perform(model: RecordsModel, { queue }: RealSystem) {
    const claimed = await queue.claim(`token-${(tokens += 1)}`);
    const block = claimed === null ? -1 : JOB_IDS.indexOf(claimed.jobId);
    // Dead letters that waited are taken out on the way.
    const claimable = model.waiting().filter((index) => model.isClaimable(index));
    if (claimed === null) {
      expect(claimable).toEqual([]);
      for (const index of model.waiting()) model.blocks[index]!.state = 'failed';
      return;
    }
    expect(claimable).toContain(block);
    const { attempt, suspect, token } = claimed;
    expect(model.claimed(block, token)).toEqual({ attempt, suspect });
    model.holders.push({ block, claimed });
  }
  toString = () => 'claim';
}

abstract class HolderCommand extends Command {
  constructor(readonly holder: number) {
    super();
  }
  override check(model: Readonly<RecordsModel>): boolean {
    return model.holders.length > 0;
  }
  protected holderOf(model: RecordsModel): Holder {
    return model.holders[this.holder % model.holders.length]!;
  }
}

class Renew extends HolderCommand {
  async perform(model: RecordsModel, { queue }: RealSystem) {
    const holder = this.holderOf(model);
    expect(await queue.renew([holder.claimed])).toEqual(model.isHeld(holder) ? [] : [holder.claimed.jobId]);
  }
  toString = () => `renew ${this.holder}`;
}

class Complete extends HolderCommand {
  async perform(model: RecordsModel, { queue }: RealSystem) {
    const holder = this.holderOf(model);
    expect(await queue.complete(holder.claimed)).toBe(model.complete(holder));
  }
  toString = () => `complete ${this.holder}`;
}

class HandBack extends HolderCommand {
  async perform(model: RecordsModel, { queue }: RealSystem) {
    const holder = this.holderOf(model);
    expect(await queue.handBack(holder.claimed)).toBe(model.handBack(holder));
  }
  toString = () => `hand back ${this.holder}`;
}

class Fail extends HolderCommand {
  constructor(
    holder: number,
    readonly cause: 'infrastructure' | 'error' | 'poison' | 'cancelled',
    readonly guilty: boolean,
  ) {
    super(holder);
  }
  async perform(model: RecordsModel, { queue }: RealSystem) {
    const holder = this.holderOf(model);
    const { cause, guilty } = this;
    const outcome = await queue.fail(holder.claimed, { cause, reason: 'as told', guilty });
    expect(outcome).toBe(model.fail(holder, cause, guilty));
  }
  toString = () => `fail ${this.holder} (${this.cause}${this.guilty ? ', guilty' : ''})`;
}

/** By whomever: a trainer that lost its lock commits as well as one that has it. */
class CommitRun extends Command {
  constructor(
    readonly which: number,
    readonly result: number,
  ) {
    super();
  }
  async perform(model: RecordsModel, { store }: RealSystem) {
    const runId = RUN_IDS[this.which]!;
    const outcome = await store.commit(commitOf({ runId, result: resultWith(this.result) }));
    expect(outcome).toBe(model.commit(this.which, this.result));
  }
  toString = () => `commit run ${this.which} with ${this.result}`;
}

class LoseAll extends Command {
  async perform(model: RecordsModel, real: RealSystem) {
    await real.loseAll();
    model.loseAll();
  }
  toString = () => 'all locks run out';
}

class Remove extends Command {
  constructor(readonly block: number) {
    super();
  }
  async perform(model: RecordsModel, { queue }: RealSystem) {
    await queue.remove([JOB_IDS[this.block]!]);
    model.remove(this.block);
  }
  toString = () => `remove ${this.block}`;
}

class Forget extends Command {
  constructor(readonly block: number) {
    super();
  }
  async perform(model: RecordsModel, { queue }: RealSystem) {
    await queue.forget([JOB_IDS[this.block]!]);
    model.forget(this.block);
  }
  toString = () => `forget ${this.block}`;
}

class ClearDeadLetters extends Command {
  async perform(model: RecordsModel, { store }: RealSystem) {
    await store.clearDeadLetters(
      SWEEP,
      JOB_IDS.filter((_, index) => model.blocks[index]!.isDead),
    );
    model.clearDeadLetters();
  }
  toString = () => 'clear dead letters';
}

class Restart extends Command {
  async perform(_: RecordsModel, real: RealSystem) {
    await real.restart();
  }
  toString = () => 'the server restarts';
}

const block = fc.nat(BLOCKS.length - 1);
const holder = fc.nat(5);
const cause = fc.constantFrom(...(['infrastructure', 'error', 'poison', 'poison', 'cancelled'] as const));
const claims = fc.constant(new Claim());
const commands = [
  ...[block.map((index) => new Add(index)), block.map((index) => new Add(index)), claims, claims, claims],
  ...[holder.map((index) => new Renew(index)), holder.map((index) => new Complete(index))],
  holder.map((index) => new HandBack(index)),
  fc.tuple(holder, cause, fc.boolean()).map(([index, why, guilty]) => new Fail(index, why, guilty)),
  fc.tuple(holder, fc.constant(true)).map(([index, guilty]) => new Fail(index, 'poison', guilty)),
  fc.tuple(fc.nat(RUN_IDS.length - 1), fc.constantFrom(1, 1, 2)).map((choice) => new CommitRun(...choice)),
  fc.constant(new LoseAll()),
  ...[block.map((index) => new Remove(index)), block.map((index) => new Forget(index))],
  fc.constant(new ClearDeadLetters()),
  fc.constant(new Restart()),
];

async function run(create: () => Promise<RealSystem>, histories: number): Promise<void> {
  reached.clear();
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (history) => {
      const real = await create();
      await real.store.createSweep(sweepRecordOf(SWEEP));
      try {
        await fc.asyncModelRun(() => ({ model: new RecordsModel(BLOCKS.length), real }), history);
      } finally {
        await Promise.all([real.queue.close(), real.store.close()]);
      }
    }),
    { numRuns: histories },
  );
  // Shrinking aside, every command must have been met.
  expect(reached.size).toBe(12);
}

it('in memory', async () => {
  await run(async () => {
    let now = Date.UTC(2026, 0, 1);
    const system = createMemorySystem({ now: () => now });
    return {
      ...system,
      loseAll: async () => {
        now += QUEUE_DEFAULTS.lockDurationMs + 1;
        system.lookForStalled();
        system.lookForStalled();
      },
      restart: async () => undefined,
    };
  }, 10 * RUNS);
}, 600_000);

describe('on a server', () => {
  let server: ThrowawayServer;
  let raw: Connection;
  beforeAll(async () => {
    server = await startThrowawayServer({ appendFsync: 'always' });
    raw = await Connection.open({ ...QUEUE_DEFAULTS, url: server.url });
  });
  afterAll(async () => {
    await raw.close();
    await server.stop();
  });

  it(`${RUNS} histories`, async () => {
    await run(async () => {
      await raw.redis.flushall();
      const settings = { ...QUEUE_DEFAULTS, url: server.url, stalledCheckIntervalMs: 50 };
      const [queue, store] = await Promise.all([openBlockQueue(settings), openSweepStore(settings)]);
      return {
        queue,
        store,
        loseAll: async () => {
          await raw.redis.del(JOB_IDS.map((jobId) => BULLMQ_KEYS.lock(jobId)));
          const coordinator = await openBlockQueue(settings);
          await coordinator.startStalledCheck();
          await until('no block is held', async () => (await queue.depth()).active === 0);
          await coordinator.close();
        },
        restart: async () => {
          await server.kill();
          await server.restart();
          const isBack = async () => {
            await Promise.all([queue.depth(), store.commitCounters(), raw.redis.ping()]);
            return true;
          };
          await until('the server is back', () => isBack().catch(() => false), SETTLED_MS);
        },
      };
    }, RUNS);
  }, 3_600_000);
});
