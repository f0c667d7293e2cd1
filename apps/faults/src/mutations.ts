/** Guards that can be removed, each with the scenario that must notice and what it then sees. */
import { quantile, type Verdict } from './verdict.js';

export interface Mutation {
  /** The guard. */
  readonly name: string;
  /** A compiled file, by the end of its path, and the text in it that is replaced. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly scenario: string;
  readonly faults: number;
  /** What is wrong without the guard; null when nothing was noticed. */
  readonly noticed: (verdict: Verdict) => string | null;
}

const anyProblem = (verdict: Verdict) => verdict.problems[0] ?? null;
/** Handed back at once, a block is claimed again in milliseconds; otherwise its lock must run out. */
const HAND_BACK_MS_MAX = 1_000;

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the first commit of a run stands',
    file: 'libs/queue/dist/commit-script.js',
    find: "redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3]) == 0",
    replace: "redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) == 9",
    scenario: 'trainer-stop',
    faults: 6,
    noticed: anyProblem,
  },
  {
    name: 'blocks of dead trainers are looked for',
    file: 'apps/coordinator/dist/start-coordinator.js',
    find: 'await queue.startStalledCheck();',
    replace: '',
    scenario: 'trainer-kill',
    faults: 3,
    noticed: anyProblem,
  },
  {
    name: 'locks are renewed while a block is trained',
    file: 'apps/trainer/dist/supervisor.js',
    find: '(0, lock_keeper_js_1.createLockKeeper)({ queue, holdings, lockDurationMs, logger, onLost: () => (counters.locksLost += 1) }),',
    replace: '',
    scenario: 'coordinator-kill-random',
    faults: 2,
    noticed: ({ recovered }) =>
      recovered > 0 ? `${recovered} runs were taken from trainers that nobody disturbed` : null,
  },
  {
    name: 'a trainer that is told to end hands its blocks back',
    file: 'apps/trainer/dist/supervisor.js',
    find: 'Promise.all(unfinished.map((block) => endings.handBack(block)))',
    replace: 'Promise.resolve()',
    scenario: 'trainer-term',
    faults: 4,
    noticed: ({ recoveryMs }) => {
      const median = quantile(recoveryMs, 0.5) ?? 0;
      return median > HAND_BACK_MS_MAX ? `blocks came back after ${Math.round(median)} ms` : null;
    },
  },
  {
    name: 'losses of trainers are not held against a block',
    file: 'libs/contracts/dist/limits.js',
    find: 'lossesPerBlockMax: 100',
    replace: 'lossesPerBlockMax: 1',
    scenario: 'trainer-kill',
    faults: 6,
    noticed: anyProblem,
  },
  {
    name: 'a launch repeated with its key is the same sweep',
    file: 'apps/coordinator/dist/sweeps/launch.js',
    find: '(0, contracts_1.sha256)(idempotencyKey)',
    replace: '(0, contracts_1.sha256)(String(Math.random()))',
    scenario: 'coordinator-kill-named',
    // The first two of its points: before the sweep is written, and after.
    faults: 2,
    noticed: anyProblem,
  },
  {
    name: 'writes of a conductor are refused once another leads',
    file: 'libs/queue/dist/lease.js',
    find: "return redis.error_reply('${lease_lost_error_js_1.LEASE_LOST_REPLY}')",
    replace: 'local unused = 1',
    scenario: 'coordinator-stop',
    faults: 1,
    noticed: anyProblem,
  },
  {
    name: 'the queue is compared with the plan and repaired',
    file: 'apps/coordinator/dist/conductor/reconcile.js',
    find: 'await queue.add(jobsOf(view, [...added, ...replaced]));',
    replace: '',
    scenario: 'queue-damage',
    faults: 2,
    noticed: anyProblem,
  },
  {
    name: 'results are kept until the server confirms them',
    file: 'apps/trainer/dist/committer.js',
    find: '(0, retrying_js_1.retryWhileAway)(() => store.commit(commit), {',
    replace: '((operation) => operation())(() => store.commit(commit), {',
    scenario: 'server-out-of-memory',
    faults: 3,
    noticed: anyProblem,
  },
];
