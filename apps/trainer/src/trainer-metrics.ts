/** What a trainer has done and is doing, for Prometheus. Counters run from the process's start. */
import {
  type CommitOutcome,
  DurationHistogram,
  formatMetrics,
  type Metric,
  metric,
  type Packing,
  processMetrics,
  samplesBy,
} from '@seedbed/contracts';
import type { PackSummary } from './pack.js';
import type { TrainerHealth } from './trainer-health.js';

/** A commit is one round trip to Redis; it waits while Redis is away. */
const COMMIT_BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** Counted where it happens. */
export class TrainerCounters {
  readonly commitSeconds = new DurationHistogram(COMMIT_BOUNDS_SECONDS);
  /** Steps of single networks, so that their rate is the speed whatever the width of packs. */
  networkSteps = 0;
  locksLost = 0;
  childrenReplaced = 0;
}

export interface TrainerFacts {
  readonly health: TrainerHealth;
  readonly counters: TrainerCounters;
  readonly commits: Readonly<Record<CommitOutcome, number>>;
  readonly childrenAlive: number;
  readonly packs: readonly PackSummary[];
  readonly blocksHeld: number;
  readonly packing: Pick<Packing, 'runsMax'>;
}

/** @param facts null while the trainer starts */
export function trainerMetrics(facts: TrainerFacts | null): string {
  const { user, system } = process.cpuUsage();
  return formatMetrics([
    metric('seedbed_trainer_ready', 'gauge', 'Whether it gets work done.', facts?.health.ready ? 1 : 0),
    ...(facts === null ? [] : ofWork(facts)),
    ...processMetrics({
      processorSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
      startedAtSeconds: Date.now() / 1000 - process.uptime(),
    }),
  ]);
}

function ofWork({ counters, commits, childrenAlive, packs, blocksHeld, packing }: TrainerFacts): Metric[] {
  const counter = (name: string, help: string, value: number) => metric(name, 'counter', help, value);
  const gauge = (name: string, help: string, value: number) => metric(name, 'gauge', help, value);
  return [
    {
      name: 'seedbed_trainer_commits_total',
      type: 'counter',
      help: 'Results offered, by what became of them; divergent ones are an alarm.',
      samples: samplesBy('outcome', commits),
    },
    {
      name: 'seedbed_trainer_commit_duration_seconds',
      type: 'histogram',
      help: 'From the offer of a result to its outcome, outages of Redis included.',
      samples: counters.commitSeconds.samples(),
    },
    counter(
      'seedbed_trainer_network_steps_total',
      'Training steps, counted for each network.',
      counters.networkSteps,
    ),
    counter('seedbed_trainer_locks_lost_total', 'Blocks whose lock ran out.', counters.locksLost),
    counter(
      'seedbed_trainer_children_replaced_total',
      'Training processes that had to be started again.',
      counters.childrenReplaced,
    ),
    gauge('seedbed_trainer_children', 'Training processes that are alive.', childrenAlive),
    gauge('seedbed_trainer_blocks_held', 'Blocks under a lock of this trainer.', blocksHeld),
    gauge('seedbed_trainer_packs', 'Packs in training.', packs.length),
    gauge(
      'seedbed_trainer_pack_runs',
      'Runs in training, in all packs together.',
      packs.reduce((sum, { runs }) => sum + runs, 0),
    ),
    gauge('seedbed_trainer_pack_runs_max', 'Runs of the widest pack.', packing.runsMax),
  ];
}
