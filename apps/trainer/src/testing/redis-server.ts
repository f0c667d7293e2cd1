/** A redis-server of a test's own, which it may kill and start again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RedisServer {
  readonly url: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Again, with what its append-only file holds. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

export async function startRedisServer(): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), 'seedbed-trainer-redis-'));
  const socket = join(directory, 'redis.sock');
  let server = await start(directory, socket);
  const kill = async () => {
    const gone = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : null;
    server.kill('SIGKILL');
    await gone;
  };
  return {
    url: `unix://${socket}`,
    kill,
    restart: async () => {
      server = await start(directory, socket);
    },
    stop: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function start(directory: string, socket: string): Promise<ChildProcess> {
  const settings = { port: 0, unixsocket: socket, dir: directory, appendonly: 'yes', save: '' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface(server.stdout)) {
    if (line.includes('ready to accept connections')) break;
  }
  server.stdout.resume();
  return server;
}
