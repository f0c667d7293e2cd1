/** A whole Seedbed of real processes with a folder, a server and a history of its own; several stand side by side. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startThrowawayServer, type ThrowawayServer } from '@seedbed/queue/server-fixture';
import { Client } from './client.js';
import { FaultyProxy } from './faulty-proxy.js';
import type { History } from './history.js';
import { Keeper } from './keeper.js';
import { NetworkNamespace } from './network-namespace.js';
import type { Profile } from './profiles.js';

const fromHere = createRequire(__filename);
const homeOf = (app: string) => dirname(fromHere.resolve(`@seedbed/${app}/package.json`));
const OBSERVER_PATH = join(homeOf('faults'), 'preload', 'observer.cjs');
const SCRIPTED_CHILD_PATH = join(homeOf('trainer'), 'src', 'testing', 'scripted-child.cjs');

export interface SystemOptions {
  readonly profile: Profile;
  readonly trainers: number;
  readonly history: History;
  readonly appendFsync?: 'everysec' | 'always';
  /** Loaded into coordinator and trainers before anything else. */
  readonly preload?: readonly string[];
  /** Of made-up children: see scripted-child.cjs. */
  readonly childScript?: Readonly<Record<string, unknown>>;
  /** Every process reaches the server through a proxy of its own: `System.proxyOf`. */
  readonly proxied?: boolean;
  /** Every trainer has a network of its own: `System.namespaceOf`. */
  readonly isolated?: boolean;
  /** In place of a throw-away server on the disk. */
  readonly startServer?: () => Promise<ThrowawayServer>;
  readonly environment?: NodeJS.ProcessEnv;
}

export class System {
  readonly trainers: Keeper[] = [];
  readonly client: Client;
  private keptCoordinator: Keeper | null = null;
  private readonly proxies = new Map<Keeper, FaultyProxy>();
  private readonly namespaces = new Map<Keeper, NetworkNamespace>();

  private constructor(
    readonly options: SystemOptions,
    readonly server: ThrowawayServer,
    /** Temporary files of its processes, and nothing else. Its path marks all of them, children included. */
    readonly temporaryDirectory: string,
    private readonly directory: string,
  ) {
    this.client = new Client(() => (this.coordinator.message?.['url'] as string | undefined) ?? null);
  }

  static async start(options: SystemOptions): Promise<System> {
    const directory = mkdtempSync(join(tmpdir(), 'seedbed-faults-'));
    const temporaryDirectory = join(directory, 'tmp');
    mkdirSync(temporaryDirectory);
    const server = await startServerOf(options);
    const system = new System(options, server, temporaryDirectory, directory);
    try {
      system.writeChild();
      system.keptCoordinator = await system.startCoordinator();
      for (let index = 0; index < options.trainers; index += 1) await system.addTrainer();
      await Promise.all([system.coordinator, ...system.trainers].map((keeper) => keeper.untilReady()));
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  get coordinator(): Keeper {
    if (this.keptCoordinator === null) throw new TypeError('the system is not started');
    return this.keptCoordinator;
  }

  /** Between a process and the server; stays while the process is started again. */
  proxyOf(keeper: Keeper): FaultyProxy {
    const proxy = this.proxies.get(keeper);
    if (proxy === undefined) throw new TypeError('the system was not started with proxies');
    return proxy;
  }

  /** The network of a trainer; stays while the process is started again. */
  namespaceOf(trainer: Keeper): NetworkNamespace {
    const namespace = this.namespaces.get(trainer);
    if (namespace === undefined) throw new TypeError('the system was not started with networks of their own');
    return namespace;
  }

  /** One more than the system's own is the caller's to release. */
  startCoordinator(): Promise<Keeper> {
    const { profile } = this.options;
    return this.keep('coordinator', {
      SEEDBED_LISTEN: '127.0.0.1:0',
      SEEDBED_LOCK_MS: String(profile.lockDurationMs),
      SEEDBED_STALLED_CHECK_MS: String(profile.stalledCheckMs),
      SEEDBED_RECONCILE_MS: String(profile.reconcileMs),
      SEEDBED_START_PATIENCE_MS: '600000',
    });
  }

  async addTrainer(environment: NodeJS.ProcessEnv = {}): Promise<Keeper> {
    const { profile } = this.options;
    const trainer = await this.keep('trainer', {
      SEEDBED_CHILDREN: '1',
      SEEDBED_LOCK_DURATION_MS: String(profile.lockDurationMs),
      SEEDBED_HANG_DEADLINE_MS: String(profile.hangDeadlineMs),
      ...(profile.runMs === null ? {} : { SEEDBED_CHILD_PATH: this.childPath }),
      ...(profile.packRunsMax === null ? {} : { SEEDBED_PACK_RUNS_MAX: String(profile.packRunsMax) }),
      ...environment,
    });
    this.trainers.push(trainer);
    return trainer;
  }

  /** Ends all processes; what remains of them is residue. */
  async release(): Promise<void> {
    await Promise.all(this.trainers.map((trainer) => trainer.release()));
    await this.keptCoordinator?.release();
  }

  async stop(): Promise<void> {
    await this.release();
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.stop()));
    await Promise.all([...this.namespaces.values()].map((namespace) => namespace.remove()));
    await this.server.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get childPath(): string {
    return join(this.directory, 'child.cjs');
  }

  /** A trainer gives its child no arguments, so the script becomes part of the program. */
  private writeChild(): void {
    const { profile, history, childScript } = this.options;
    if (profile.runMs === null) return;
    const script = { runMs: profile.runMs, runJournal: history.path, ...childScript };
    const text = `process.argv[2] = ${JSON.stringify(JSON.stringify(script))};\nrequire(${JSON.stringify(SCRIPTED_CHILD_PATH)});\n`;
    writeFileSync(this.childPath, text);
  }

  private async keep(app: 'coordinator' | 'trainer', environment: NodeJS.ProcessEnv): Promise<Keeper> {
    const { preload = [], proxied = false, isolated = false, history } = this.options;
    const url = this.server.urls[app];
    const namespace = isolated && app === 'trainer' ? await NetworkNamespace.create() : null;
    // The server listens on loopback, which is another one in there.
    const proxy = proxied || namespace !== null ? await FaultyProxy.start(url, namespace?.hostAddress) : null;
    const keeper = new Keeper({
      ...(namespace === null ? {} : { prefix: namespace.prefix }),
      main: join(homeOf(app), 'dist', 'main.js'),
      execArgv: [...preload, OBSERVER_PATH].flatMap((path) => ['--require', path]),
      environment: {
        ...process.env,
        TMPDIR: this.temporaryDirectory,
        REDIS_URL: proxy?.url ?? url,
        SEEDBED_TOKEN: '',
        SEEDBED_LOG_LEVEL: 'silent',
        SEEDBED_HISTORY: history.path,
        ...environment,
        ...this.options.environment,
      },
    });
    if (proxy !== null) this.proxies.set(keeper, proxy);
    if (namespace !== null) this.namespaces.set(keeper, namespace);
    return keeper;
  }
}

async function startServerOf({ startServer, appendFsync }: SystemOptions): Promise<ThrowawayServer> {
  if (startServer !== undefined) return startServer();
  return startThrowawayServer(appendFsync === undefined ? {} : { appendFsync });
}
