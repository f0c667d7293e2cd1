// How much memory a pod has used at most, as the kernel counts it: the requests and limits of the manifests come from this.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of the second and of the first version of control groups. */
const PLACES = [
  { root: '/sys/fs/cgroup/kubepods', file: 'memory.peak' },
  { root: '/sys/fs/cgroup/memory/kubepods', file: 'memory.max_usage_in_bytes' },
];

/**
 * @param {import('./installation.mjs').Installation} installation
 * @returns {Promise<string>} the highest of each component's pods
 */
export async function peakMemory(installation) {
  const parts = ['coordinator', 'redis', 'trainer'].map(async (component) => {
    const pods = await installation.pods(component);
    const peaks = pods.map(({ metadata }) => peakMemoryBytes(metadata.uid)).filter((bytes) => bytes !== null);
    return `${component} ${peaks.length === 0 ? 'not known' : `${Math.round(Math.max(...peaks) / 2 ** 20)} MiB`}`;
  });
  return (await Promise.all(parts)).join(', ');
}

/** @param {string} uid @returns {number | null} bytes, with the cached pages of files; null where the kernel does not say */
function peakMemoryBytes(uid) {
  for (const { root, file } of PLACES) {
    const group = existsSync(root) ? findGroup(root, `pod${uid}`) : undefined;
    if (group !== undefined && existsSync(join(group, file)))
      return Number(readFileSync(join(group, file), 'utf8'));
  }
  return null;
}

/** @param {string} root @param {string} name @returns {string | undefined} */
function findGroup(root, name) {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(root, entry.name);
    if (entry.name === name) return path;
    // Below the root there are classes of service, and in them pods.
    const found = entry.name.startsWith('pod') ? undefined : findGroup(path, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
