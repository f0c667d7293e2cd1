/**
 * A throw-away server for tests, also of other projects. Fast, on a random port, in a folder of its own under the system's
 * temporary folder, and gone with the test process even when that is killed.
 */
import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from './embedded-server.js';
import { findServerBinary } from './server-binary.js';
import type { ServerRole } from './access-rules.js';
import type { AppendFsync } from './server-config.js';

export interface ThrowawayServer {
  /** As a user who may do everything. Stays the same over restarts. */
  readonly url: string;
  /** As the user of each role, who may do what the role needs. */
  readonly urls: Readonly<Record<ServerRole, string>>;
  readonly directory: string;
  readonly processId: number;
  /** Ends the process as a crash does; data that was acknowledged is in the append-only file. */
  kill(): Promise<void>;
  /** Bytes of the append-only file that is being written. */
  journalBytes(): Promise<number>;
  /** Cuts the append-only file off behind so many bytes, as a loss of power does; after `kill`. */
  cutJournal(bytes: number): Promise<void>;
  /** Starts it again on the same directory and URL, after `kill`. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. May be called twice. */
  stop(): Promise<void>;
}

export interface ThrowawayServerOptions {
  readonly appendFsync?: AppendFsync;
  /** Where its folder is made, e.g. on a disk of its own. @default the system's temporary folder */
  readonly parentDirectory?: string;
}

/** @throws TerminalError when there is no server executable: run `npm run setup`, or install valkey or redis */
export async function startThrowawayServer(options: ThrowawayServerOptions = {}): Promise<ThrowawayServer> {
  const { parentDirectory = tmpdir(), ...serverOptions } = options;
  const binaryPath = await findServerBinary();
  const directory = await mkdtemp(join(parentDirectory, 'seedbed-server-'));
  const start = () => startEmbeddedServer({ binaryPath, directory, ...serverOptions });
  let server: EmbeddedServer = await start();
  return {
    url: adminUrlOf(server),
    urls: server.urls,
    directory,
    get processId() {
      return server.processId;
    },
    async kill() {
      process.kill(server.processId, 'SIGKILL');
      await server.stopped;
    },
    async journalBytes() {
      return (await stat(await journalOf(directory))).size;
    },
    async cutJournal(bytes) {
      await truncate(await journalOf(directory), bytes);
    },
    async restart() {
      const { port } = server;
      server = await start();
      if (server.port !== port)
        throw new Error('the port of the throw-away server was taken by another process');
    },
    async stop() {
      await server.stop();
      await server.stopped;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** One file up to Redis 6.2; since then the last of several in a folder. */
async function journalOf(directory: string): Promise<string> {
  const folder = join(directory, 'appendonlydir');
  const names = await readdir(folder).catch(() => []);
  const numberOf = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? -1);
  const last = names.sort((a, b) => numberOf(b) - numberOf(a))[0];
  return last === undefined ? join(directory, 'appendonly.aof') : join(folder, last);
}

function adminUrlOf(server: EmbeddedServer): string {
  if (server.adminUrl === null) throw new Error('a throw-away server has an administrator');
  return server.adminUrl;
}
