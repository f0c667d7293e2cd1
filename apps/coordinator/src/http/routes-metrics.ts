/** `GET /metrics` for Prometheus: what docs/operations.md alerts on. */
import {
  formatMetrics,
  type Metric,
  metric,
  METRICS_CONTENT_TYPE,
  processMetrics,
  RetryableError,
  samplesBy,
  SEEDBED_VERSION,
  type TrainerStatus,
} from '@seedbed/contracts';
import type { ServerRoom } from '@seedbed/queue';
import { METRICS_ROUTE } from './roles.js';
import type { RouteContext } from './route-context.js';
import type { Server } from './server.js';

export type MetricsContext = Pick<
  RouteContext,
  'store' | 'queue' | 'isLeading' | 'runCounts' | 'conductingStandstillMs'
>;

export function registerMetricsRoute(app: Server, context: MetricsContext): void {
  app.get(METRICS_ROUTE, {
    handler: async (_request, reply) => {
      const text = formatMetrics([...own(context), ...(await fromRecords(context))]);
      return await reply.type(METRICS_CONTENT_TYPE).send(text);
    },
  });
}

function own(context: MetricsContext): Metric[] {
  const { user, system } = process.cpuUsage();
  const counts = context.runCounts();
  return [
    {
      name: 'seedbed_build_info',
      type: 'gauge',
      help: 'Version of Seedbed.',
      samples: [{ labels: { version: SEEDBED_VERSION }, value: 1 }],
    },
    metric('seedbed_leading', 'gauge', 'Whether this coordinator leads.', context.isLeading() ? 1 : 0),
    metric(
      'seedbed_conducting_standstill_seconds',
      'gauge',
      'Since a round over all sweeps last began or ended.',
      context.conductingStandstillMs() / 1000,
    ),
    {
      name: 'seedbed_sweeps',
      type: 'gauge',
      help: 'Sweeps that are not finished, as the leading coordinator sees them.',
      samples: counts === null ? [] : samplesBy('state', counts.sweeps),
    },
    {
      name: 'seedbed_runs',
      type: 'gauge',
      help: 'Planned runs of running sweeps: with a result, still to be trained, or given up.',
      samples: counts === null ? [] : samplesBy('state', counts.runs),
    },
    metric(
      'seedbed_dead_runs',
      'gauge',
      'Runs given up, in sweeps that are not finished or ended incomplete within a week, until they are retried.',
      counts?.deadRuns ?? null,
    ),
    ...processMetrics({
      processorSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
      startedAtSeconds: Date.now() / 1000 - process.uptime(),
    }),
  ];
}

/** While Redis is away there is nothing but that to say. */
async function fromRecords({ store, queue }: MetricsContext): Promise<Metric[]> {
  const isUp = (value: number) =>
    metric('seedbed_redis_up', 'gauge', 'Whether Redis answered just now.', value);
  try {
    const [depth, commits, trainers, room] = await Promise.all([
      queue.depth(),
      store.commitCounters(),
      store.listTrainers(),
      store.serverRoom(),
    ]);
    return [
      isUp(1),
      ...ofRoom(room),
      {
        name: 'seedbed_queue_blocks',
        type: 'gauge',
        help: 'Blocks in the queue.',
        samples: samplesBy('state', { waiting: depth.waiting, active: depth.active }),
      },
      {
        name: 'seedbed_commits_total',
        type: 'counter',
        help: 'Results that trainers offered, by what became of them; divergent ones are an alarm.',
        samples: samplesBy('outcome', commits),
      },
      ...ofTrainers(trainers),
    ];
  } catch (thrown) {
    if (thrown instanceof RetryableError) return [isUp(0)];
    throw thrown;
  }
}

/** A server that is full, or cannot write, still answers. */
function ofRoom({ usedMemoryBytes, maxMemoryBytes, isJournalWritten }: ServerRoom): Metric[] {
  const gauge = (name: string, help: string, value: number | null) => metric(name, 'gauge', help, value);
  return [
    gauge('seedbed_redis_memory_used_bytes', 'Memory that Redis uses.', usedMemoryBytes),
    gauge('seedbed_redis_memory_max_bytes', "Redis' maxmemory; 0 for no limit.", maxMemoryBytes),
    gauge(
      'seedbed_redis_append_only_ok',
      'Whether the last write to the append-only file went well.',
      isJournalWritten === null ? null : Number(isJournalWritten),
    ),
  ];
}

function ofTrainers(trainers: readonly TrainerStatus[]): Metric[] {
  const states: Record<TrainerStatus['state'], number> = { starting: 0, idle: 0, training: 0, draining: 0 };
  for (const { state } of trainers) states[state] += 1;
  const packs = trainers.flatMap((trainer) => trainer.packs);
  return [
    {
      name: 'seedbed_trainers',
      type: 'gauge',
      help: 'Trainers that are alive.',
      samples: samplesBy('state', states),
    },
    metric(
      'seedbed_training_children',
      'gauge',
      'Training processes of all trainers.',
      trainers.reduce((sum, { children }) => sum + children, 0),
    ),
    metric('seedbed_packs', 'gauge', 'Packs that are being trained.', packs.length),
    metric(
      'seedbed_pack_runs',
      'gauge',
      'Runs that are being trained, in all packs together.',
      packs.reduce((sum, { runs }) => sum + runs, 0),
    ),
  ];
}
