/** The coordinator as a process: environment in, JSON log on stdout, one plain line on stderr when it cannot start. */
import { readFile } from 'node:fs/promises';
import { InputError, coerceError } from '@seedbed/contracts';
import { CIFAR10_DIGEST, servedCifar10 } from '@seedbed/data';
import { type Logger, destination, pino } from 'pino';
import { parseConfig } from './config.js';
import {
  CLOSE_TIMEOUT_MS,
  type Coordinator,
  type CoordinatorOptions,
  startCoordinator,
} from './start-coordinator.js';
import { startPatiently } from './start-patiently.js';

/** After this a close that hangs is given up; `close` itself takes at most CLOSE_TIMEOUT_MS. */
const EXIT_TIMEOUT_MS = CLOSE_TIMEOUT_MS + 200;

async function main(): Promise<void> {
  const config = parseConfig(process.env);
  // Synchronous, so that the last lines before an exit are not lost.
  const logger = pino(
    { level: config.logLevel, base: { app: 'coordinator' } },
    destination({ dest: 1, sync: true }),
  );
  const ending = new AbortController();
  let coordinator: Coordinator | null = null;
  const end = (why: string) => {
    if (ending.signal.aborted) return;
    ending.abort();
    logger.info({ why }, 'closing');
    setTimeout(() => process.exit(0), EXIT_TIMEOUT_MS).unref();
    // Not started yet: nothing is ours to hand over, and an attempt to reach Redis must not delay the end.
    if (coordinator === null) process.exit(0);
    void coordinator.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  // Started by another process over IPC: without it nobody would ever stop us.
  process.on('disconnect', () => end('the parent process is gone'));
  exitOnDefect(logger);

  const options: CoordinatorOptions = {
    redisUrl: config.redisUrl,
    datasetDigest: CIFAR10_DIGEST,
    listen: config.listen,
    tokens: config.tokens,
    metricsListen: config.metricsListen,
    findDataSet: () => servedCifar10(process.env),
    tls: config.tlsFiles === null ? null : await readTlsFiles(config.tlsFiles),
    checkpoints: config.checkpoints,
    logger,
    acceptDataLoss: config.acceptDataLoss,
    reconcileIntervalMs: config.reconcileIntervalMs,
    queueSettings: {
      lockDurationMs: config.lockDurationMs,
      stalledCheckIntervalMs: config.stalledCheckIntervalMs,
    },
  };
  coordinator = await startPatiently(() => startCoordinator(options), { ...config, logger });
  process.send?.({ type: 'ready', url: coordinator.url });
}

async function readTlsFiles(files: { readonly certificate: string; readonly key: string }) {
  const read = (path: string, variable: string) =>
    readFile(path, 'utf8').catch((thrown: unknown) => {
      throw new InputError([
        { path: variable, message: `names a file that cannot be read: ${coerceError(thrown).message}` },
      ]);
    });
  return {
    cert: await read(files.certificate, 'SEEDBED_TLS_CERTIFICATE'),
    key: await read(files.key, 'SEEDBED_TLS_KEY'),
  };
}

/** State is in the records, so a defect is best answered by a fresh start through the process manager. */
function exitOnDefect(logger: Logger): void {
  const exit = (thrown: unknown) => {
    logger.fatal({ err: coerceError(thrown) }, 'defect; exiting');
    process.exit(1);
  };
  process.on('uncaughtException', exit);
  process.on('unhandledRejection', exit);
}

main().catch((thrown: unknown) => {
  const error = coerceError(thrown);
  const lead =
    error instanceof InputError ? 'the coordinator is not configured right' : 'the coordinator cannot start';
  process.stderr.write(`seedbed: ${lead}: ${error.message}\n`);
  process.exit(1);
});
