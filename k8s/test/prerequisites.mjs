// Whether this machine can run a cluster in a corner of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { missingPrerequisite as missingForContainers } from '../../docker/testing/podman.mjs';
import { tryCommand } from '../cluster/command.mjs';
import { GO_VERSION_MIN } from '../cluster/go-builds.mjs';

/** Debian's packages of what the cluster runs on, and a program of each. */
const PACKAGES = {
  containerd: 'containerd',
  runc: 'runc',
  'etcd-server': 'etcd',
  iproute2: 'ip',
  nftables: 'nft',
  conntrack: 'conntrack',
  openssl: 'openssl',
  curl: 'curl',
};
const NETWORK_PLUGINS = '/usr/lib/cni/ptp';
const CONTROL_GROUPS = '/sys/fs/cgroup';

/**
 * @param {{programsAreBuilt: boolean}} known
 * @returns {Promise<string | null>} why it cannot be run here, and what would help
 */
export async function missingPrerequisite({ programsAreBuilt }) {
  if (process.platform !== 'linux') return 'a node of Kubernetes runs on Linux only';
  if (process.getuid?.() !== 0) return 'it needs root, for namespaces, mounts and control groups';
  const namespaces = await tryCommand([
    'unshare',
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    'true',
  ]);
  if (namespaces.exitCode !== 0) return `namespaces cannot be made here: ${namespaces.stderr.trim()}`;
  const containers = missingForContainers();
  if (containers !== null) return containers;
  const missing = await missingPackages();
  if (missing.length > 0) return `programs are missing: apt-get install ${missing.join(' ')}`;
  if (runsPodsAlready()) return 'a kubelet runs on this machine already; two would share its control groups';
  if (!existsSync(join(cacheDirectory(), 'cifar10', 'manifest.json')))
    return 'CIFAR-10 is not in the cache (npx seedbed data fetch)';
  return programsAreBuilt ? null : await missingCompiler();
}

async function missingPackages() {
  const found = await Promise.all(
    Object.entries(PACKAGES).map(async ([name, program]) => {
      const { exitCode } = await tryCommand(['sh', '-c', 'command -v "$1"', 'sh', program]);
      return exitCode === 0 ? [] : [name];
    }),
  );
  return [...found.flat(), ...(existsSync(NETWORK_PLUGINS) ? [] : ['containernetworking-plugins'])];
}

function runsPodsAlready() {
  if (!existsSync(CONTROL_GROUPS)) return false;
  return ['.', ...readdirSync(CONTROL_GROUPS)]
    .flatMap((name) => ['kubepods', 'kubepods.slice'].map((group) => join(CONTROL_GROUPS, name, group)))
    .filter((path) => existsSync(path))
    .some((path) => hasProcesses(path));
}

/** @param {string} group @returns {boolean} */
function hasProcesses(group) {
  if (readFileSync(join(group, 'cgroup.procs'), 'utf8').trim() !== '') return true;
  return readdirSync(group, { withFileTypes: true }).some(
    (entry) => entry.isDirectory() && hasProcesses(join(group, entry.name)),
  );
}

async function missingCompiler() {
  const { exitCode, stdout } = await tryCommand(['go', 'env', 'GOVERSION']);
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(stdout) ?? [];
  const [wantedMajor = '0', wantedMinor = '0'] = GO_VERSION_MIN.split('.');
  const isRecent =
    Number(major) > Number(wantedMajor) || (major === wantedMajor && Number(minor) >= Number(wantedMinor));
  if (exitCode === 0 && isRecent) return null;
  return `Kubernetes has not been compiled on this machine yet, and Go ${GO_VERSION_MIN} or later is not here to do it`;
}
