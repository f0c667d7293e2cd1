/**
 * A primary, replicas and three Sentinels for tests, also of other projects: real processes of the server's program on
 * loopback, with everything that a failover takes set as short as it works reliably.
 */
import { coerceError } from '@seedbed/contracts';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { accessRules, SERVER_ROLES, type ServerRole } from './access-rules.js';
import { Connection } from './connection.js';
import { findServerBinary } from './server-binary.js';
import { ServerProcess } from './server-process.js';

const MASTER_NAME = 'seedbed';
const SENTINELS = 3;
const QUORUM = 2;
/** A primary that answers nothing for so long is down. */
const DOWN_AFTER_MS = 500;
/** A failover that came to nothing is tried again after twice this. */
const FAILOVER_TIMEOUT_MS = 3_000;
/** Sentinels find each other within seconds. */
const READY_TIMEOUT_MS = 30_000;
const LOOK_AGAIN_MS = 50;

export interface ThrowawaySentinels {
  /** As a user who may do everything. The same whoever is the primary. */
  readonly url: string;
  /** As the user of each role. */
  readonly urls: Readonly<Record<ServerRole, string>>;
  /** Of the primary alone, as the Sentinels know it now, with all rights. */
  primaryUrl(): Promise<string>;
  /** Of the server on this port. */
  urlOf(port: number): string;
  primaryPort(): Promise<number>;
  /** Of the server on this port. */
  processId(port: number): number;
  /** Ends the primary as a crash does. @returns its port */
  killPrimary(): Promise<number>;
  /** Resolves when the Sentinels have made another server than that on this port the primary, and it is writable. */
  failedOver(from: number): Promise<number>;
  /** Starts a killed server again; the Sentinels make it a replica. */
  revive(port: number): Promise<void>;
  killSentinel(index: number): Promise<void>;
  /** Resolves when every replica that is alive has all that the primary has. */
  caughtUp(): Promise<void>;
  /** Ends all of it and removes its folders. */
  stop(): Promise<void>;
}

export interface SentinelsOptions {
  /** @default 1 */
  readonly replicas?: number;
  /** Added to every server's configuration, e.g. `min-replicas-to-write 1`. */
  readonly serverLines?: readonly string[];
}

/** @throws TerminalError when there is no server executable: run `npm run setup`, or install valkey or redis */
export async function startThrowawaySentinels(options: SentinelsOptions = {}): Promise<ThrowawaySentinels> {
  const system = await Sentinels.start(options);
  try {
    await system.untilReady();
    return system;
  } catch (error) {
    await system.stop();
    throw error;
  }
}

class Sentinels implements ThrowawaySentinels {
  readonly #running = new Map<number, ServerProcess>();
  readonly #sentinels: { readonly port: number; readonly process: ServerProcess }[] = [];
  /** Also of those that were killed: an address names them all. */
  readonly #sentinelPorts: number[] = [];
  readonly #password = randomBytes(16).toString('hex');
  readonly #sentinelPassword = randomBytes(16).toString('hex');
  readonly #passwords: Readonly<Record<ServerRole, string>> = {
    coordinator: randomBytes(16).toString('hex'),
    trainer: randomBytes(16).toString('hex'),
    scaler: randomBytes(16).toString('hex'),
  };

  private constructor(
    private readonly binaryPath: string,
    private readonly folder: string,
    private readonly options: SentinelsOptions,
  ) {}

  static async start(options: SentinelsOptions): Promise<Sentinels> {
    const folder = await mkdtemp(join(tmpdir(), 'seedbed-sentinels-'));
    const system = new Sentinels(await findServerBinary(), folder, options);
    try {
      const primary = await freePort();
      await system.#startServer(primary, null);
      for (let index = 0; index < (options.replicas ?? 1); index += 1) {
        await system.#startServer(await freePort(), primary);
      }
      for (let index = 0; index < SENTINELS; index += 1) await system.#startSentinel(primary);
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  get url(): string {
    return this.#sentinelUrl('default', this.#password);
  }

  get urls(): Readonly<Record<ServerRole, string>> {
    const urlOf = (role: ServerRole) => this.#sentinelUrl(role, this.#passwords[role]);
    return { coordinator: urlOf('coordinator'), trainer: urlOf('trainer'), scaler: urlOf('scaler') };
  }

  async primaryUrl(): Promise<string> {
    return this.urlOf(await this.primaryPort());
  }

  urlOf(port: number): string {
    return `redis://:${this.#password}@127.0.0.1:${port}`;
  }

  async primaryPort(): Promise<number> {
    for (const { port } of this.#sentinels) {
      const address = await this.#ask(
        this.#addressOfSentinel(port),
        (redis) =>
          redis.call('SENTINEL', 'get-master-addr-by-name', MASTER_NAME) as Promise<[string, string]>,
      ).catch(() => null);
      if (address !== null) return Number(address[1]);
    }
    throw new Error('no Sentinel answers');
  }

  processId(port: number): number {
    const server = this.#running.get(port);
    if (server === undefined) throw new Error(`no server runs on port ${port}`);
    return server.processId;
  }

  async killPrimary(): Promise<number> {
    const port = await this.primaryPort();
    const server = this.#running.get(port);
    if (server === undefined) throw new Error(`the primary on port ${port} does not run`);
    process.kill(server.processId, 'SIGKILL');
    await server.stopped;
    this.#running.delete(port);
    return port;
  }

  async failedOver(from: number): Promise<number> {
    let found = from;
    await until(async () => {
      found = await this.primaryPort();
      return found !== from && (await this.#infoOf(found)).includes('role:master');
    }, 'a failover');
    return found;
  }

  async revive(port: number): Promise<void> {
    await this.#startServer(port, null);
  }

  async killSentinel(index: number): Promise<void> {
    const [sentinel] = this.#sentinels.splice(index, 1);
    if (sentinel === undefined) throw new Error(`there is no Sentinel ${index}`);
    process.kill(sentinel.process.processId, 'SIGKILL');
    await sentinel.process.stopped;
  }

  async caughtUp(): Promise<void> {
    await until(async () => {
      const offset = /master_repl_offset:(\d+)/.exec(await this.#infoOf(await this.primaryPort()))?.[1];
      const primary = await this.primaryPort();
      const replicas = [...this.#running.keys()].filter((port) => port !== primary);
      const infos = await Promise.all(replicas.map((port) => this.#infoOf(port)));
      return infos.every(
        (info) =>
          info.includes('master_link_status:up') &&
          Number(/slave_repl_offset:(\d+)/.exec(info)?.[1] ?? -1) >= Number(offset),
      );
    }, 'the replicas');
  }

  async stop(): Promise<void> {
    const all = [...this.#sentinels.map((sentinel) => sentinel.process), ...this.#running.values()];
    // Nothing of it is needed again, so nothing needs to be written down.
    for (const one of all) {
      try {
        process.kill(one.processId, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await Promise.all(all.map((one) => one.stopped));
    await rm(this.folder, { recursive: true, force: true });
  }

  async untilReady(): Promise<void> {
    await until(async () => {
      const infos = await Promise.all(
        this.#sentinels.map(({ port }) =>
          this.#ask(this.#addressOfSentinel(port), (redis) => redis.info('sentinel')),
        ),
      );
      const replicas = this.options.replicas ?? 1;
      return infos.every((info) => info.includes(`slaves=${replicas},sentinels=${SENTINELS}`));
    }, 'the Sentinels');
    await this.caughtUp();
  }

  #sentinelUrl(user: string, password: string): string {
    const hosts = this.#sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',');
    return `redis+sentinel://${user}:${password}@${hosts}/${MASTER_NAME}?sentinel-password=${this.#sentinelPassword}`;
  }

  #addressOfSentinel(port: number): string {
    return `redis://:${this.#sentinelPassword}@127.0.0.1:${port}`;
  }

  #infoOf(port: number): Promise<string> {
    return this.#ask(this.urlOf(port), (redis) => redis.info('replication')).catch(() => '');
  }

  async #ask<T>(url: string, question: (redis: Connection['redis']) => Promise<T>): Promise<T> {
    const connection = await Connection.open({ url, commandTimeoutMs: 1_000, closeTimeoutMs: 200 });
    try {
      return await connection.run('ask', question);
    } finally {
      await connection.close();
    }
  }

  async #startServer(port: number, primary: number | null): Promise<void> {
    await this.#spawn(
      port,
      [],
      [
        `requirepass ${this.#password}`,
        `masterauth ${this.#password}`,
        ...SERVER_ROLES.map((role) => `user ${role} on >${this.#passwords[role]} ${accessRules(role)}`),
        'appendonly yes',
        'appendfsync everysec',
        'aof-load-truncated yes',
        'maxmemory-policy noeviction',
        'save ""',
        'repl-diskless-sync yes',
        'repl-diskless-sync-delay 0',
        ...(primary === null ? [] : [`replicaof 127.0.0.1 ${primary}`]),
        ...(this.options.serverLines ?? []),
      ],
    ).then((server) => this.#running.set(port, server));
  }

  async #startSentinel(primary: number): Promise<void> {
    const port = await freePort();
    const process = await this.#spawn(
      port,
      ['--sentinel'],
      [
        `requirepass ${this.#sentinelPassword}`,
        `sentinel sentinel-pass ${this.#sentinelPassword}`,
        `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${primary} ${QUORUM}`,
        `sentinel auth-pass ${MASTER_NAME} ${this.#password}`,
        `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${MASTER_NAME} ${FAILOVER_TIMEOUT_MS}`,
      ],
    );
    this.#sentinels.push({ port, process });
    this.#sentinelPorts.push(port);
  }

  async #spawn(port: number, args: readonly string[], lines: readonly string[]): Promise<ServerProcess> {
    const directory = join(this.folder, String(port));
    await mkdir(directory, { recursive: true });
    const path = join(directory, 'server.conf');
    const common = [
      'bind 127.0.0.1',
      `port ${port}`,
      `dir "${directory}"`,
      'daemonize no',
      `logfile "${join(directory, 'server.log')}"`,
    ];
    await writeFile(path, `${[...common, ...lines].join('\n')}\n`, { mode: 0o600 });
    return ServerProcess.spawn(this.binaryPath, [path, ...args]);
  }
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let last: Error | null = null;
  while (performance.now() < deadline) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = coerceError(error);
    }
    await delay(LOOK_AGAIN_MS);
  }
  throw new Error(
    `${what} took longer than ${READY_TIMEOUT_MS} ms${last === null ? '' : `: ${last.message}`}`,
  );
}

async function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
