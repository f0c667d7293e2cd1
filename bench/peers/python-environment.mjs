// The peers' Python packages: pinned, checked by hash, kept in Seedbed's cache and nowhere else.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensureEntry } from '../../tools/bootstrap/cache-entry.mjs';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { BootstrapFailure } from '../../tools/bootstrap/failure.mjs';
import { runProcess } from '../../tools/bootstrap/processes.mjs';
import { createReporter } from '../../tools/bootstrap/reporter.mjs';

const REQUIREMENTS = join(import.meta.dirname, 'requirements-py311-linux-x64.txt');
const PYTHON_VERSION = '3.11';
const COMMANDS = ['python3.11', 'python3'];
/** Three gigabytes over a slow line. */
const INSTALL_TIMEOUT_MS = 60 * 60_000;
const PROBE_TIMEOUT_MS = 60_000;
const NAMED_VERSIONS = ['torch', 'jax', 'optuna', 'ray', 'numpy'];

/**
 * @typedef {{command: string, environment: Record<string, string>, versions: Record<string, string>}} Python
 */

/** @returns {Promise<Python>} */
export async function ensurePythonEnvironment() {
  const command = await findPython();
  const requirements = readFileSync(REQUIREMENTS, 'utf8');
  const reporter = createReporter();
  const cache = cacheDirectory();
  mkdirSync(cache, { recursive: true });
  const digest = createHash('sha256').update(requirements).digest('hex').slice(0, 12);
  const entry = await ensureEntry(
    { cacheDirectory: cache, name: `bench-peers-${digest}`, part: 'peers', reporter },
    async (directory) => {
      reporter.line('peers', 'fetching PyTorch, JAX, Optuna and Ray (3 GB, once)');
      const { exitCode, stderr } = await runProcess(
        command,
        [
          ...[
            '-m',
            'pip',
            'install',
            '--no-deps',
            '--require-hashes',
            '--only-binary=:all:',
            '--no-cache-dir',
          ],
          ...['--disable-pip-version-check', '--no-input', '--no-compile', '--quiet'],
          ...[`--target=${directory}`, `--requirement=${REQUIREMENTS}`],
        ],
        // pip unpacks on the disk where the packages will be.
        { env: { ...process.env, TMPDIR: cache }, timeoutMs: INSTALL_TIMEOUT_MS },
      );
      if (exitCode !== 0)
        throw new BootstrapFailure(`pip failed: ${stderr.trim()}`, 'run it again, or without --peers');
      return { python: PYTHON_VERSION };
    },
  );
  const versions = Object.fromEntries(
    NAMED_VERSIONS.map((name) => [
      name,
      new RegExp(`^${name}==(\\S+)`, 'm').exec(requirements)?.[1] ?? 'unknown',
    ]),
  );
  // Nothing is written into the cache entry, and nothing of the user's own packages is seen.
  const environment = {
    PYTHONPATH: [entry.directory, import.meta.dirname].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
  };
  return { command, environment, versions: { python: PYTHON_VERSION, ...versions } };
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
