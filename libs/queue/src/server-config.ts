/** The configuration file of an embedded server: private to its owner, since it carries the password. */
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

export type AppendFsync = 'everysec' | 'always';

export interface ServerConfig {
  readonly path: string;
  readonly logPath: string;
  readonly port: number;
  readonly password: string;
}

/**
 * Writes the configuration. Password and port of an earlier start on this directory are kept where possible, so that
 * clients find a restarted server again.
 */
export async function writeServerConfig(
  directory: string,
  appendFsync: AppendFsync,
  avoidPort: number | null,
): Promise<ServerConfig> {
  const path = join(directory, 'server.conf');
  const logPath = join(directory, 'server.log');
  const previous = await readFile(path, 'utf8').catch(() => '');
  const previousPort = Number(/^port (\d+)$/m.exec(previous)?.[1] ?? 0);
  const wanted = previousPort === avoidPort ? 0 : previousPort;
  const port = (await freePort(wanted)) ?? (await freePort(0)) ?? 0;
  const password = /^requirepass ([0-9a-f]{48})$/m.exec(previous)?.[1] ?? randomBytes(24).toString('hex');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${password}`,
    `dir ${quoted(directory)}`,
    `logfile ${quoted(logPath)}`,
    'daemonize no',
    'appendonly yes',
    `appendfsync ${appendFsync}`,
    // A tail cut off by a crash is dropped; what was acknowledged before it stays.
    'aof-load-truncated yes',
    'maxmemory-policy noeviction',
    'save ""',
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  await writeFile(logPath, '', { mode: 0o600 });
  return { path, logPath, port, password };
}

/** The port when it can be listened on now (any free one for 0), else null. */
async function freePort(port: number): Promise<number | null> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(null));
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      const found = typeof address === 'object' && address !== null ? address.port : null;
      probe.close(() => resolve(found));
    });
  });
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
