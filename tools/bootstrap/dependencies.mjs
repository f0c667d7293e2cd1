// Installs the npm packages exactly when node_modules is not what package-lock.json says.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapFailure, remedyFromText } from './failure.mjs';
import { runProcess } from './processes.mjs';
import { secondsSince } from './reporter.mjs';
import { checkoutStateDirectory } from './repository.mjs';
import { writeAtomically } from './state.mjs';

const INSTALL_TIMEOUT_MS = 20 * 60_000;
const OPTIONS = [
  // No package's own installer runs: the one of tfjs-node fails for everybody (see kernels.mjs), and no other is needed.
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  // `npm run --silent` silences every npm below it, and with it the reason of a failure.
  '--loglevel=error',
];
const PING_TIMEOUT_MS = 30_000;

/**
 * @param {{root: string, environment: NodeJS.ProcessEnv, reporter: import('./reporter.mjs').Reporter}} context
 * @throws {BootstrapFailure} when npm fails
 */
export async function ensureDependencies({ root, environment, reporter }) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (hasStamp(root, lockText)) return;
  if (isInstalled(root, JSON.parse(lockText))) {
    writeStamp(root, lockText);
    return;
  }
  const startedAt = performance.now();
  reporter.line('dependencies', 'installing what package-lock.json lists (npm ci --ignore-scripts)');
  /** @param {string[]} argumentList @param {number} timeoutMs */
  const npm = (argumentList, timeoutMs) => runNpm(argumentList, timeoutMs, root, environment, reporter);
  // npm asks for each of hundreds of packages, several times, before it admits that there is no network; its own cache may
  // still hold everything.
  const ping = await npm(['ping', '--fetch-retries=0', '--loglevel=error'], PING_TIMEOUT_MS);
  const noNetwork = ping.exitCode === 0 ? undefined : remedyFromText(ping.stderr);
  const result = await npm(['ci', ...OPTIONS, ...(noNetwork ? ['--offline'] : [])], INSTALL_TIMEOUT_MS);
  if (result.exitCode !== 0) throw installFailure(result, noNetwork);
  writeStamp(root, lockText);
  reporter.line('dependencies', `installed in ${secondsSince(startedAt)}`);
}

/**
 * @param {string[]} argumentList
 * @param {number} timeoutMs
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @param {import('./reporter.mjs').Reporter} reporter
 */
function runNpm(argumentList, timeoutMs, root, environment, reporter) {
  // npm tells which program it is itself; a bare `npm` is for those who started Node by hand.
  const own = environment['npm_execpath'];
  const [command = '', ...rest] = own?.endsWith('.js') ? [process.execPath, own] : ['npm'];
  return runProcess(command, [...rest, ...argumentList], {
    cwd: root,
    env: withoutNpmConfiguration(environment),
    timeoutMs,
    onOutput: (text) => reporter.update('dependencies', text.trim().split('\n').at(-1) ?? ''),
  });
}

/**
 * @param {import('./processes.mjs').ProcessResult} result
 * @param {string | undefined} noNetwork the remedy, when it is known that there is none
 */
function installFailure({ stderr, startError }, noNetwork) {
  const lines = stderr.split('\n').filter((line) => line.startsWith('npm error'));
  const told = lines.slice(0, 6).join('\n') || (startError?.message ?? stderr.slice(-500));
  return new BootstrapFailure(
    `npm ci failed:\n${told}`,
    noNetwork ?? remedyFromText(stderr) ?? 'see the lines above',
  );
}

/**
 * Two cheap facts: the lock file is the one that was installed, and npm has not changed anything since.
 * @param {string} root
 * @param {string} lockText
 */
function hasStamp(root, lockText) {
  try {
    const stamp = JSON.parse(readFileSync(stampPath(root), 'utf8'));
    return (
      stamp.lock === digest(lockText) &&
      stamp.installed === digest(readFileSync(installedListPath(root), 'utf8'))
    );
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {string} lockText
 */
function writeStamp(root, lockText) {
  const installed = digest(readFileSync(installedListPath(root), 'utf8'));
  writeAtomically(stampPath(root), `${JSON.stringify({ lock: digest(lockText), installed })}\n`);
}

/**
 * Compares npm's own list of what it installed with the lock file, for those who ran `npm ci` themselves.
 * @param {string} root
 * @param {{packages: Record<string, {version?: string, integrity?: string, link?: boolean, optional?: boolean}>}} lock
 */
function isInstalled(root, lock) {
  if (!existsSync(installedListPath(root))) return false;
  /** @type {typeof lock} */
  const installed = JSON.parse(readFileSync(installedListPath(root), 'utf8'));
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = installed.packages[path];
    // Optional packages of other platforms are in the lock file and not installed.
    if (!found) return wanted.optional === true;
    if (wanted.link) return found.link === true && existsSync(join(root, path));
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/**
 * Under `npm start` the environment carries npm's own options of that call, which are not meant for this one.
 * @param {NodeJS.ProcessEnv} environment
 */
function withoutNpmConfiguration(environment) {
  const names = [
    'npm_config_workspace',
    'npm_config_prefix',
    'npm_config_global',
    'npm_config_omit',
    'NODE_ENV',
  ];
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}

/** @param {string} root */
const stampPath = (root) => join(checkoutStateDirectory(root), 'dependencies.json');
/** @param {string} root */
const installedListPath = (root) => join(root, 'node_modules', '.package-lock.json');
/** @param {string} text */
const digest = (text) => createHash('sha256').update(text).digest('hex');
