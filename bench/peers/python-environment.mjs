// The peers' Python packages: pinned, checked by hash, kept in Seedbed's cache and nowhere else.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { BootstrapFailure } from '../../tools/bootstrap/failure.mjs';
import { acquireLock } from '../../tools/bootstrap/lock.mjs';
import { runProcess } from '../../tools/bootstrap/processes.mjs';
import { createReporter } from '../../tools/bootstrap/reporter.mjs';

const REQUIREMENTS = join(import.meta.dirname, 'requirements-py311-linux-x64.txt');
const PYTHON_VERSION = '3.11';
const COMMANDS = ['python3.11', 'python3'];
/** Three gigabytes over a slow line. */
const INSTALL_TIMEOUT_MS = 60 * 60_000;
const PROBE_TIMEOUT_MS = 60_000;
const reporter = createReporter();
const NAMED_VERSIONS = ['torch', 'jax', 'optuna', 'ray', 'numpy'];

/**
 * @typedef {{command: string, environment: Record<string, string>, versions: Record<string, string>}} Python
 */

/** @returns {Promise<Python>} */
export async function ensurePythonEnvironment() {
  const command = await findPython();
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const cache = cacheDirectory();
  const directory = join(cache, `bench-peers-${digest}`);
  const release = await acquireLock(join(cache, '.locks', `bench-peers-${digest}.lock`), ({ pid }) =>
    reporter.line('peers', `waiting for process ${pid}, which is fetching the same packages`),
  );
  try {
    if (!existsSync(directory)) await install(command, directory);
  } finally {
    release();
  }
  const versions = Object.fromEntries(
    NAMED_VERSIONS.map((name) => [
      name,
      new RegExp(`^${name}==(\\S+)`, 'm').exec(requirements)?.[1] ?? 'unknown',
    ]),
  );
  // Nothing is written into the cache entry, and nothing of the user's own packages is seen.
  const environment = {
    PYTHONPATH: [directory, import.meta.dirname].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
  };
  return { command, environment, versions: { python: PYTHON_VERSION, ...versions } };
}

/**
 * Beside its place, then renamed into it: the folder is complete or not there. No manifest is kept of its 30,000 files, some
 * of which hosts change on purpose (certifi's list of authorities).
 * @param {string} command
 * @param {string} directory
 */
async function install(command, directory) {
  const temporary = `${directory}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  reporter.line('peers', 'fetching PyTorch, JAX, Optuna and Ray (3 GB, once)');
  const { exitCode, stderr } = await runProcess(
    command,
    [
      ...['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--only-binary=:all:', '--no-cache-dir'],
      ...['--disable-pip-version-check', '--no-input', '--quiet'],
      ...[`--target=${temporary}`, `--requirement=${REQUIREMENTS}`],
    ],
    // pip unpacks on the disk where the packages will be.
    { env: { ...process.env, TMPDIR: dirname(directory) }, timeoutMs: INSTALL_TIMEOUT_MS },
  );
  if (exitCode !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    throw new BootstrapFailure(`pip failed: ${stderr.trim()}`, 'run it again, or measure without --peers');
  }
  renameSync(temporary, directory);
}

/** The program itself, not a shim that looks for it: workers start with an environment of their own. */
async function findPython() {
  const program =
    'import platform, sys; print(platform.python_version(), platform.machine(), sys.platform, sys.executable)';
  for (const command of COMMANDS) {
    const { exitCode, stdout } = await runProcess(command, ['-c', program], { timeoutMs: PROBE_TIMEOUT_MS });
    const [version = '', machine, platform, executable] = stdout.trim().split(' ');
    if (exitCode !== 0 || !executable) continue;
    if (version.startsWith(`${PYTHON_VERSION}.`) && machine === 'x86_64' && platform === 'linux')
      return executable;
  }
  throw new BootstrapFailure(
    `the peers' packages are pinned for CPython ${PYTHON_VERSION} on Linux x86-64, which is not here`,
    `install Python ${PYTHON_VERSION}, or measure without --peers`,
  );
}
