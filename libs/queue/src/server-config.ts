/** The configuration file of an embedded server: private to its owner, since it carries the passwords. */
import { randomBytes } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { accessRules, NO_DEFAULT_USER, SERVER_ROLES, type ServerRole } from './access-rules.js';

export type AppendFsync = 'everysec' | 'always';

export interface ServerConfig {
  readonly path: string;
  readonly logPath: string;
  readonly port: number;
  /** Of the user of each role. */
  readonly passwords: Readonly<Record<ServerRole, string>>;
  /** Of the user `default`, who may do everything; null when there is none. */
  readonly adminPassword: string | null;
}

export interface ServerConfigOptions {
  readonly directory: string;
  readonly appendFsync: AppendFsync;
  /** Whether the user `default` exists. */
  readonly admin: boolean;
  /** Found to be taken a moment ago. */
  readonly avoidPort: number | null;
}

/**
 * Writes the configuration. Passwords and port of an earlier start on this directory are kept where possible, so that
 * clients find a restarted server again.
 */
export async function writeServerConfig(options: ServerConfigOptions): Promise<ServerConfig> {
  const { directory, appendFsync, avoidPort } = options;
  const path = join(directory, 'server.conf');
  const logPath = join(directory, 'server.log');
  const previous = await readFile(path, 'utf8').catch(() => '');
  const previousPort = Number(/^port (\d+)$/m.exec(previous)?.[1] ?? 0);
  const wanted = previousPort === avoidPort ? 0 : previousPort;
  const port = (await freePort(wanted)) ?? (await freePort(0)) ?? 0;
  const passwordOf = (role: ServerRole) =>
    new RegExp(`^user ${role} on >([0-9a-f]{48}) `, 'm').exec(previous)?.[1] ?? newPassword();
  const passwords = {
    coordinator: passwordOf('coordinator'),
    trainer: passwordOf('trainer'),
    scaler: passwordOf('scaler'),
  };
  const kept = /^(?:requirepass|# requirepass) ([0-9a-f]{48})$/m.exec(previous)?.[1] ?? newPassword();
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    ...(options.admin ? [`requirepass ${kept}`] : [`# requirepass ${kept}`, NO_DEFAULT_USER]),
    ...SERVER_ROLES.map((role) => `user ${role} on >${passwords[role]} ${accessRules(role)}`),
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
  return { path, logPath, port, passwords, adminPassword: options.admin ? kept : null };
}

/** 192 bits: nobody guesses it, on this machine or over a network. */
function newPassword(): string {
  return randomBytes(24).toString('hex');
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
