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
  // npm tells which program it is itself; a bare `npm` is for those who started Node by hand.
  const npm = environment['npm_execpath']?.endsWith('.js')
    ? [process.execPath, environment['npm_execpath']]
    : ['npm'];
  const [command = 'npm', ...rest] = npm;
  const result = await runProcess(command, [...rest, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    env: withoutNpmConfiguration(environment),
    timeoutMs: INSTALL_TIMEOUT_MS,
    onOutput: (text) => reporter.update('dependencies', text.trim().split('\n').at(-1) ?? ''),
  });
  if (result.exitCode !== 0) {
    const told = result.stderr
      .split('\n')
      .filter((line) => line.startsWith('npm error'))
      .slice(0, 6);
    throw new BootstrapFailure(
      `npm ci failed:\n${told.join('\n') || result.startError?.message || result.stderr.slice(-500)}`,
      remedyFromText(result.stderr) ?? 'see the lines above',
    );
  }
  writeStamp(root, lockText);
  reporter.line('dependencies', `installed in ${secondsSince(startedAt)}`);
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
