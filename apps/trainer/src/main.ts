/** The trainer process: configuration, connections, signals, exit code. */
import { pino } from 'pino';
import { coerceError, InputError } from '@seedbed/contracts';
import { openBlockQueue, openSweepStore, QUEUE_DEFAULTS } from '@seedbed/queue';
import { coordinatorCheckpoints } from './checkpoint-store.js';
import { readConfiguration, type TrainerConfiguration } from './configuration.js';
import { prepareData } from './data-preparation.js';
import { startHealthServer, startMetricsServer } from './health-server.js';
import { retryWhileAway } from './retrying.js';
import { startTrainer, type Trainer } from './supervisor.js';
import { STARTING } from './trainer-health.js';
import { trainerMetrics } from './trainer-metrics.js';

const EXIT = { stopped: 0, cannotStart: 1, badConfiguration: 2 } as const;
/** By convention 128 + the signal's number. */
const EXIT_OF_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;
/** A stop takes at most about 5 s and closing connections 3 s; after this something hangs that must not. */
const EXIT_DEADLINE_MS = 10_000;

function main(): void {
  let configuration: TrainerConfiguration;
  try {
    configuration = readConfiguration(process.env);
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    process.stderr.write(`seedbed trainer: ${thrown.message}\n`);
    process.exit(EXIT.badConfiguration);
  }
  void run(configuration);
}

async function run(configuration: TrainerConfiguration): Promise<void> {
  const { trainerId, redisUrl, lockDurationMs, logLevel } = configuration;
  const logger = pino({ level: logLevel, base: { trainerId } });
  let trainer: Trainer | null = null;
  let stopRequested = false;
  const stopWaiting = new AbortController();

  const close = async (exitCode: number) => {
    await Promise.allSettled([queue?.close(), store?.close()]);
    process.exit(exitCode);
  };
  const stop = async () => {
    setTimeout(() => process.exit(EXIT.cannotStart), EXIT_DEADLINE_MS).unref();
    await trainer?.stop();
    await close(EXIT.stopped);
  };
  const requestStop = (why: string) => {
    if (stopRequested) return;
    stopRequested = true;
    stopWaiting.abort();
    logger.info({ why }, 'asked to stop');
    void stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopRequested) process.exit(EXIT_OF_SIGNAL[signal]);
      requestStop(signal);
    });
  }
  // A trainer that was forked belongs to its parent and ends with it.
  if (process.send) process.on('disconnect', () => requestStop('parent is gone'));
  // Whatever ends this process, no child outlives it.
  process.on('exit', () => trainer?.killChildren());

  const settings = { ...QUEUE_DEFAULTS, url: redisUrl, lockDurationMs };
  let queue: Awaited<ReturnType<typeof openBlockQueue>> | undefined;
  let store: Awaited<ReturnType<typeof openSweepStore>> | undefined;
  try {
    // First of all: while Redis is away or TensorFlow loads, a probe hears that the trainer is starting.
    if (configuration.healthListen !== null) {
      const { port } = await startHealthServer(
        configuration.healthListen,
        () => trainer?.health() ?? STARTING,
      );
      logger.info({ port }, 'answering /livez and /readyz');
    }
    if (configuration.metricsListen !== null) {
      const { port } = await startMetricsServer(configuration.metricsListen, () =>
        trainerMetrics(trainer?.facts() ?? null),
      );
      logger.info({ port }, 'answering /metrics');
    }
    const { coordinator, checkpointAccess } = configuration;
    const checkpoints = checkpointAccess === null ? null : coordinatorCheckpoints(checkpointAccess);
    const dataReady =
      coordinator === null
        ? Promise.resolve()
        : prepareData(coordinator, { signal: stopWaiting.signal, logger });
    // Its failure is met where it is waited for, after the children have started.
    dataReady.catch(() => undefined);
    // A trainer may be up before its Redis is.
    const patiently = { what: 'connection to Redis', signal: stopWaiting.signal, logger };
    queue = await retryWhileAway(() => openBlockQueue(settings), patiently);
    store = await retryWhileAway(() => openSweepStore(settings), patiently);
    trainer = await startTrainer({ ...configuration, queue, store, checkpoints, logger, dataReady });
  } catch (thrown) {
    if (stopRequested) return;
    logger.fatal({ err: coerceError(thrown) }, 'trainer cannot start');
    await close(EXIT.cannotStart);
    return;
  }
  // The signal came while the children started: there was nothing to stop yet.
  if (stopRequested) return stop();
  process.send?.({ type: 'ready', trainerId });
}

main();
