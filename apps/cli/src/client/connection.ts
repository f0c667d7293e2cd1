/**
 * Where the coordinator is: from a join word, else from the environment, else from the file that `seedbed up` leaves for
 * other commands.
 */
import { readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fingerprintSchema, InputError } from '@seedbed/contracts';
import { z } from 'zod';
import { UnreachableError } from '../errors.js';
import { writeFileAtomically } from '../output/atomic-file.js';
import { systemCodeOf } from '../system-code.js';
import { readJoin } from './join-word.js';

export interface Connection {
  /** `http://host:port` or `https://host:port` */
  readonly url: string;
  readonly token: string | null;
  /** Of the one certificate that is trusted; null for those that Node trusts by itself. */
  readonly fingerprint: string | null;
}

const connectionFileSchema = z.object({
  url: z.string(),
  token: z.string().nullable(),
  /** Absent in files of a version that had none. */
  fingerprint: fingerprintSchema.nullable().default(null),
  processId: z.int().positive(),
  /** With its password, for `backup` and `restore`; absent in a file of an older version. */
  redisUrl: z.string().optional(),
  /** Of the trainers' user, for more trainers on this machine; absent likewise. */
  trainerRedisUrl: z.string().optional(),
});
export type ConnectionFile = z.infer<typeof connectionFileSchema>;

/** Seedbed's directory for things that outlive a process but are no data: XDG_STATE_HOME or ~/.local/state. */
export function stateHome(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state');
  return join(base, 'seedbed');
}

export function connectionFilePath(environment: NodeJS.ProcessEnv): string {
  return join(stateHome(environment), 'up.json');
}

/**
 * SEEDBED_JOIN wins over SEEDBED_URL with SEEDBED_TOKEN and SEEDBED_FINGERPRINT, and those over the file of `seedbed up`.
 *
 * @throws UnreachableError when neither says where a coordinator is
 */
export function resolveConnection(environment: NodeJS.ProcessEnv): Connection {
  const join = readJoin(environment);
  if (join !== null) return { url: join.url, token: join.token, fingerprint: join.fingerprint };
  const url = environment['SEEDBED_URL'];
  const token = environment['SEEDBED_TOKEN'] || null;
  if (url) return { url: checkedUrl(url), token, fingerprint: fingerprintFor(url, environment) };
  const path = connectionFilePath(environment);
  const file = readConnectionFile(path);
  if (file === null) {
    throw new UnreachableError(
      'no coordinator is known here: start one with `seedbed up`, or set SEEDBED_URL (and SEEDBED_TOKEN) or SEEDBED_JOIN',
    );
  }
  if (!isAlive(file.processId)) {
    throw new UnreachableError(
      `the system that \`seedbed up\` started at ${file.url} (process ${file.processId}) has ended: start it again`,
    );
  }
  return { url: file.url, token: token ?? file.token, fingerprint: file.fingerprint };
}

/** Readable by its owner only: it holds the token. */
export async function writeConnectionFile(path: string, file: ConnectionFile): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(file)}\n`, { mode: 0o600 });
}

/** Removes the file if it is still ours: another `up` may have replaced it. */
export function removeConnectionFile(path: string, processId: number): void {
  if (readConnectionFile(path)?.processId === processId) rmSync(path, { force: true });
}

export function readConnectionFile(path: string): ConnectionFile | null {
  try {
    return connectionFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null; // absent, or not ours to understand: the same as no `up` on this machine
  }
}

export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (thrown: unknown) {
    // EPERM: alive, but somebody else's.
    return systemCodeOf(thrown) === 'EPERM';
  }
}

function fingerprintFor(url: string, environment: NodeJS.ProcessEnv): string | null {
  const given = environment['SEEDBED_FINGERPRINT'];
  if (!given) return null;
  const hex = fingerprintSchema.safeParse(given.replaceAll(':', '').toLowerCase());
  const message = !hex.success
    ? 'is no SHA-256 of a certificate: it has 64 hexadecimal digits'
    : !url.startsWith('https:')
      ? 'is set, but SEEDBED_URL is no https:// address: nothing would be checked'
      : null;
  if (message !== null) throw new InputError([{ path: 'SEEDBED_FINGERPRINT', message }]);
  return hex.data ?? null;
}

function checkedUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol === 'http:' || parsed?.protocol === 'https:') return url;
  throw new InputError([
    {
      path: 'SEEDBED_URL',
      message: `"${url}" is no http:// or https:// address, e.g. http://127.0.0.1:7333`,
    },
  ]);
}
