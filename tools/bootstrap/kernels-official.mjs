// The package's own installer: for those who point it at a mirror (TFJS_NODE_… settings, custom-binary.json), and as the
// last native source, in case its storage answers again (it refuses the public since August 2026, tensorflow/tfjs#8742).
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BootstrapFailure } from './failure.mjs';
import { runProcess } from './processes.mjs';
import { secondsSince } from './reporter.mjs';
import { tfjsNodeDirectory } from './repository.mjs';

/** What the installer itself falls back on (scripts/install.js of tfjs-node 4.22.0). */
const DEFAULT_HOST = 'https://storage.googleapis.com/';
const LIBRARY_VERSION = '2.9.1';
const PROBE_TIMEOUT_MS = 10_000;
const INSTALL_TIMEOUT_MS = 20 * 60_000;

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @returns {boolean} whether somebody has told the installer where to go
 */
export function hasInstallerSettings(root, environment) {
  const names = ['TFJS_NODE_CDN_STORAGE', 'TFJS_NODE_BASE_URI', 'CDN_STORAGE'];
  const inEnvironment = names.some((name) => environment[name] || environment[`npm_config_${name}`]);
  return inEnvironment || existsSync(join(tfjsNodeDirectory(root), 'scripts', 'custom-binary.json'));
}

/**
 * Fills a cache entry by running the installer in the package and moving what it made.
 * @param {string} directory
 * @param {import('./kernels-from-wheel.mjs').KernelContext} context
 * @param {boolean} byUser with the user's own settings: run it without asking its default host first
 * @returns {Promise<Record<string, string>>}
 */
export async function createKernelsOfficially(
  directory,
  { root, environment, reporter, officialHost = DEFAULT_HOST },
  byUser,
) {
  const packageDirectory = tfjsNodeDirectory(root);
  if (!byUser) await requireAnswer(officialHost);
  const startedAt = performance.now();
  reporter.line('kernels', "running the package's own installer");
  removeInstalled(packageDirectory);
  const result = await runProcess(process.execPath, ['scripts/install.js', 'cpu', 'download'], {
    cwd: packageDirectory,
    // It calls node-pre-gyp by its bare name.
    env: { ...environment, PATH: [join(root, 'node_modules', '.bin'), environment['PATH']].join(delimiter) },
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  const addons = existsSync(join(packageDirectory, 'lib')) ? readdirSync(join(packageDirectory, 'lib')) : [];
  if (result.exitCode !== 0 || !addons.some((name) => name.startsWith('napi-v'))) {
    removeInstalled(packageDirectory);
    const told = result.stderr
      .trim()
      .split('\n')
      .findLast((line) => /error|fail/i.test(line));
    throw new BootstrapFailure(
      `the package's own installer failed: ${told?.trim() ?? `exit code ${result.exitCode}`}`,
      byUser ? 'check your TFJS_NODE_… settings' : 'use another source',
    );
  }
  for (const part of ['lib', join('deps', 'lib')]) {
    cpSync(join(packageDirectory, part), join(directory, part), { recursive: true, verbatimSymlinks: true });
  }
  removeInstalled(packageDirectory);
  reporter.line('kernels', `the package's own installer succeeded in ${secondsSince(startedAt)}`);
  return { source: byUser ? 'user' : 'official' };
}

/** @param {string} packageDirectory */
function removeInstalled(packageDirectory) {
  for (const part of ['deps', 'lib']) rmSync(join(packageDirectory, part), { recursive: true, force: true });
}

/**
 * The installer itself does not notice a refusal: it would unpack the error page.
 * @param {string} host
 */
async function requireAnswer(host) {
  const system = `${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch === 'x64' ? 'x86_64' : process.arch}`;
  const url = `${host}tensorflow/libtensorflow/libtensorflow-cpu-${system}-${LIBRARY_VERSION}.tar.gz`;
  const remedy = 'nothing to do here: other sources are tried first';
  let status;
  try {
    status = (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) })).status;
  } catch (error) {
    throw new BootstrapFailure(`${host} cannot be reached`, remedy, { cause: error });
  }
  if (status !== 200) throw new BootstrapFailure(`${host} answers ${status}`, remedy);
}
