/** The foreground system of `seedbed up`: starts it, says where it is, and keeps it until a signal or a failure. */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { InputError } from '@seedbed/contracts';
import {
  DEFAULT_LISTEN,
  formatHostAndPort,
  type ListenAddress,
  parseListenAddress,
} from '@seedbed/coordinator';
import { redactServerUrl } from '@seedbed/queue';
import { type CliContext, printJson, printLine } from '../cli-context.js';
import { createCoordinatorClient } from '../client/coordinator-client.js';
import { dashboardLink } from '../client/dashboard-link.js';
import {
  connectionFilePath,
  removeConnectionFile,
  stateHome,
  writeConnectionFile,
} from '../client/connection.js';
import { type ExitCode } from '../exit-codes.js';
import { createLogger } from '../logger.js';
import { readBootstrapState } from './bootstrap-state.js';
import { lockDirectory } from './directory-lock.js';
import { exposureOf, keptToken, localUrl } from './exposure.js';
import { type JoinWordFiles, writeJoinWords } from './join-word-files.js';
import { chooseServer } from './server-choice.js';
import { type RunningSystem, startSystem } from './system.js';

export interface BringUpOptions {
  readonly trainers: number;
  readonly children: number | null;
  /** `host` or `host:port`. */
  readonly listen: string;
  /** Null for the address that is listened on. */
  readonly advertise: string | null;
  /** Null for the port after the coordinator's. */
  readonly queuePort: number | null;
  readonly redis: string | null;
  readonly directory: string | null;
  readonly json: boolean;
}

/** Never resolves with ok: it ends by a signal (the context's reason) or a failure, both thrown after everything ended. */
export async function bringUp(context: CliContext, options: BringUpOptions): Promise<ExitCode> {
  const { environment, signal } = context;
  const logger = createLogger(context.stderr, environment);
  const server = chooseServer(
    { option: options.redis ?? undefined, environment: environment['REDIS_URL'] },
    readBootstrapState(),
  );
  const listen = parseListen(options.listen);
  const exposure = exposureOf(listen, {
    advertise: options.advertise,
    queuePort: options.queuePort,
    trainerRedisUrl: environment['SEEDBED_TRAINER_REDIS_URL'] || null,
  });
  const directory = resolve(
    context.workingDirectory,
    options.directory ?? join(stateHome(environment), 'system'),
  );
  const lock = lockDirectory(directory);
  const connectionPath = connectionFilePath(environment);
  let system: RunningSystem | null = null;
  try {
    const token =
      environment['SEEDBED_TOKEN'] ||
      (exposure === null ? randomBytes(24).toString('hex') : await keptToken(directory, 'token'));
    const trainerToken =
      environment['SEEDBED_TRAINER_TOKEN'] ||
      (exposure === null ? null : await keptToken(directory, 'trainer-token'));
    system = await startSystem({
      server,
      directory,
      listen: formatHostAndPort(listen),
      exposure,
      token,
      trainerToken,
      trainers: options.trainers,
      children: options.children,
      environment,
      signal,
      onEvent: ({ level, part, message }) => logger[level]({ part }, message),
    });
    await writeConnectionFile(connectionPath, {
      url: localUrl(system.url),
      token,
      fingerprint: system.fingerprint,
      processId: process.pid,
      redisUrl: system.redisUrl,
      trainerRedisUrl: system.trainerRedisUrl,
    });
    const wordFiles = await writeJoinWords(directory, system);
    const connection = { url: localUrl(system.url), token, fingerprint: system.fingerprint };
    const client = createCoordinatorClient({ connection: () => connection, signal });
    const dashboard = await dashboardLink(connection.url, client);
    announce(context, system, { directory, wordFiles, connectionPath, dashboard, json: options.json });
    await Promise.race([system.failed, aborted(signal)]);
    throw new Error('unreachable: both only reject');
  } finally {
    removeConnectionFile(connectionPath, process.pid);
    if (system !== null) {
      logger.info('stopping: trainers hand their work back, then the coordinator and the server end');
      await system.stop();
    }
    lock.release();
  }
}

/** @throws InputError */
function parseListen(text: string): ListenAddress {
  const parsed =
    parseListenAddress(text) ??
    parseListenAddress(`${text}:${DEFAULT_LISTEN.port}`) ??
    // An IPv6 address without a port has no brackets.
    parseListenAddress(`[${text}]:${DEFAULT_LISTEN.port}`);
  if (parsed !== null) return parsed;
  const message = `"${text}" is no address to listen on; use e.g. 192.168.1.5, 0.0.0.0:7333 or [::1]:7333`;
  throw new InputError([{ path: '--listen', message }]);
}

function announce(
  { stdout }: CliContext,
  system: RunningSystem,
  where: {
    readonly directory: string;
    readonly wordFiles: JoinWordFiles | null;
    readonly connectionPath: string;
    readonly dashboard: string;
    readonly json: boolean;
  },
): void {
  if (where.json) {
    printJson(stdout, {
      url: system.url,
      dashboard: where.dashboard,
      redis: redactServerUrl(system.redisUrl),
      server: system.serverDescription,
      directory: where.directory,
      connectionFile: where.connectionPath,
      processId: process.pid,
      fingerprint: system.fingerprint,
      join: system.joinWord,
      joinFile: where.wordFiles?.join ?? null,
      steer: system.steerWord,
      steerFile: where.wordFiles?.steer ?? null,
    });
    return;
  }
  printLine(stdout, `dashboard    ${where.dashboard}`);
  printLine(stdout, '             (good once, for 15 minutes; `seedbed dashboard` prints another)');
  printLine(stdout, `coordinator  ${system.url}`);
  printLine(stdout, `server       ${system.serverDescription} at ${redactServerUrl(system.redisUrl)}`);
  printLine(stdout, `data, logs   ${where.directory}`);
  printLine(stdout, `token        in ${where.connectionPath}, where other commands find it`);
  if (system.joinWord !== null && where.wordFiles !== null) {
    printLine(stdout, `certificate  SHA-256 ${system.fingerprint ?? ''}`);
    printLine(stdout, 'Another machine trains with this line (a secret: it opens the queue and the data):');
    printLine(stdout, `seedbed trainer --join ${system.joinWord}`);
    printLine(stdout, 'Commands on another machine find it by this word (a secret: it opens everything):');
    printLine(stdout, `SEEDBED_JOIN=${system.steerWord ?? ''}`);
    printLine(
      stdout,
      'On a command line a word is seen by every user of that machine. Both are in files, too: copy them, and',
    );
    printLine(stdout, `give --join @FILE: ${where.wordFiles.join}, ${where.wordFiles.steer}`);
  }
  printLine(stdout, 'Launch a sweep with `seedbed launch FILE --watch`; end with Ctrl-C.');
}

/** Rejects with the signal's reason. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
