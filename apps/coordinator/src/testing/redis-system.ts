/** A queue and a store on a throw-away server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BlockQueue,
  type EmbeddedServer,
  QUEUE_DEFAULTS,
  type QueueSettings,
  type SweepStore,
  findServerBinary,
  openBlockQueue,
  openSweepStore,
  startEmbeddedServer,
} from '@seedbed/queue';

export interface TestServer {
  /** Stays the same over restarts. */
  readonly url: string;
  readonly processId: number;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export async function startTestServer(): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'seedbed-coordinator-'));
  const binaryPath = await findServerBinary();
  let server: EmbeddedServer = await startEmbeddedServer({ binaryPath, directory });
  return {
    url: server.urls.coordinator,
    get processId() {
      return server.processId;
    },
    kill: async () => {
      process.kill(server.processId, 'SIGKILL');
      await server.stopped;
    },
    restart: async () => {
      server = await startEmbeddedServer({ binaryPath, directory });
    },
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface RedisSystem {
  readonly store: SweepStore;
  readonly queue: BlockQueue;
  close(): Promise<void>;
}

export async function openRedisSystem(
  url: string,
  settings: Partial<QueueSettings> = {},
): Promise<RedisSystem> {
  const all = { ...QUEUE_DEFAULTS, ...settings, url };
  const [store, queue] = await Promise.all([openSweepStore(all), openBlockQueue(all)]);
  return {
    store,
    queue,
    close: async () => {
      await Promise.all([store.close(), queue.close()]);
    },
  };
}
