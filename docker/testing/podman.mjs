// Podman for tests: storage, networks and settings of its own in Seedbed's cache folder, so that nothing of the person's own
// containers is ever touched, and what was built once is there again for the next run.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { runProcess } from '../../tools/bootstrap/processes.mjs';

/** Longest single command: the first build of the trainer on a slow line. */
const TIMEOUT_MS = 15 * 60_000;
/** The state of running containers must be gone after a reboot. */
const RUN_DIRECTORY = '/run/seedbed-test-containers';
const PROGRAMS = ['podman', 'runc', 'conmon', 'netavark', 'aardvark-dns', 'mmdebstrap', 'iptables'];
/** Where Debian keeps what only podman starts. */
const PROGRAM_FOLDERS = ['/usr/lib/podman', '/usr/libexec/podman', '/usr/sbin', '/sbin'];
const SOURCES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];

/** @returns {string | null} why this machine cannot run containers for tests */
export function missingPrerequisite() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return 'the stand-in base is made for Linux on x64';
  if (process.getuid?.() !== 0) return 'it takes root (storage and networks of its own)';
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...PROGRAM_FOLDERS];
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length > 0) return `${missing.join(', ')} not found (.ci/run installs them on Debian)`;
  return aptSources() === undefined
    ? 'the stand-in base is made of Debian packages, and this is no Debian'
    : null;
}

/** @returns {string | undefined} where this machine's own packages come from */
export const aptSources = () => SOURCES.find((path) => existsSync(path));

/** @returns {string} where all of it is */
export const containersDirectory = () => join(cacheDirectory(), 'test-containers');

/** @returns {NodeJS.ProcessEnv} settings under which podman and whatever calls it use the storage for tests */
export function podmanEnvironment() {
  const directory = containersDirectory();
  for (const name of ['storage', 'networks', 'tmp']) mkdirSync(join(directory, name), { recursive: true });
  const storage = join(directory, 'storage.conf');
  const containers = join(directory, 'containers.conf');
  const registries = join(directory, 'registries.conf');
  writeFileSync(
    storage,
    `[storage]\ndriver = "overlay"\ngraphroot = "${directory}/storage"\nrunroot = "${RUN_DIRECTORY}/storage"\n`,
  );
  // Limits at or below those of an ordinary root shell, which podman may not raise everywhere; no systemd and no journal.
  writeFileSync(
    containers,
    [
      '[containers]',
      'default_ulimits = ["nofile=16384:16384", "nproc=8192:8192"]',
      '[engine]',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      'runtime = "runc"',
      `tmp_dir = "${RUN_DIRECTORY}/tmp"`,
      '[network]',
      `network_config_dir = "${directory}/networks"`,
      '',
    ].join('\n'),
  );
  // A name that is not built here must fail at once and never be looked for anywhere.
  writeFileSync(registries, 'unqualified-search-registries = []\n');
  return {
    ...process.env,
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_CONF: containers,
    CONTAINERS_REGISTRIES_CONF: registries,
    TMPDIR: join(directory, 'tmp'),
  };
}

/**
 * @param {readonly string[]} words
 * @returns {Promise<import('../../tools/bootstrap/processes.mjs').ProcessResult>}
 */
export function tryPodman(...words) {
  const env = podmanEnvironment();
  // Where a container is ended for its memory, its monitor leaves an empty file called oom in the folder it was started in.
  return runProcess('podman', words, { env, cwd: env['TMPDIR'] ?? '/', timeoutMs: TIMEOUT_MS });
}

/**
 * @param {readonly string[]} words
 * @returns {Promise<string>} standard output, trimmed
 * @throws {Error} with what podman said
 */
export async function podman(...words) {
  const { exitCode, stdout, stderr, startError } = await tryPodman(...words);
  if (exitCode === 0) return stdout.trim();
  const told = startError?.message ?? `${stdout.slice(-2_000)}\n${stderr.slice(-4_000)}`;
  throw new Error(`podman ${words.join(' ')} ended with ${exitCode}:\n${told}`);
}
