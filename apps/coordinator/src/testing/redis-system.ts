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
  readonly url: string;
  readonly processId: number;
  stop(): Promise<void>;
}

export async function startTestServer(): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'seedbed-coordinator-'));
  const server: EmbeddedServer = await startEmbeddedServer({
    binaryPath: await findServerBinary(),
    directory,
  });
  return {
    url: server.url,
    processId: server.processId,
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
