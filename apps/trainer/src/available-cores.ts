/** The processors and the memory that this process may use, which in a container are fewer than the machine has. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

/**
 * Peak memory of one training child, rounded up: 1.19 GB measured with 50,000 images and a pack of 25 networks of 50 units,
 * 1.27 GB with 50 networks (`npm run bench -- --memory`; 614 MB of it are the images as float32).
 */
export const CHILD_MEMORY_BYTES = 1.5e9;

export interface Machine {
  readonly parallelism: number;
  readonly memoryBytes: number;
}

/** One child per core, as far as the memory goes; at least one. */
export function defaultChildren(machine: Machine = thisMachine()): number {
  return Math.max(1, Math.min(machine.parallelism, Math.floor(machine.memoryBytes / CHILD_MEMORY_BYTES)));
}

export function thisMachine(): Machine {
  const limit = process.constrainedMemory();
  // Without a limit the kernel reports 0 or a number near 2^64.
  const memoryBytes = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
  return { parallelism: Math.min(os.availableParallelism(), cpuLimit() ?? Infinity), memoryBytes };
}

/**
 * Whole cores of the narrowest processor quota of this process's control groups, version 2 or 1; null when there is none.
 *
 * @param read what is in a file, or null
 */
export function cpuLimit(read: (path: string) => string | null = readOrNull): number | null {
  const quotas = controlGroups(read('/proc/self/cgroup')).flatMap((directory) => [
    cpuQuota(read(`${directory}/cpu.max`)),
    cpuQuotaV1(read(`${directory}/cpu.cfs_quota_us`), read(`${directory}/cpu.cfs_period_us`)),
  ]);
  const cores = quotas.filter((quota) => quota !== null);
  return cores.length === 0 ? null : Math.min(...cores);
}

/**
 * Directories in which quotas of this process may be: its groups and theirs above, and the roots, which is where a container
 * finds its own group, whatever name the host has for it.
 */
function controlGroups(memberships: string | null): string[] {
  const groups = [...(memberships ?? '').matchAll(/^\d+:([^:\n]*):(\/[^\n]*)$/gm)];
  const found = groups.flatMap(([, controllers = '', path = '']) => {
    const mounts = controllers === '' ? V2_ROOTS : controllers.split(',').includes('cpu') ? V1_ROOTS : [];
    const above = path.split('/').filter((name) => name !== '' && name !== '..');
    const paths = above.map((_, depth) => `/${above.slice(0, depth + 1).join('/')}`);
    return mounts.flatMap((mount) => paths.map((each) => mount + each));
  });
  return [...V2_ROOTS, ...V1_ROOTS, ...found];
}

const V2_ROOTS = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];
const V1_ROOTS = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct'];

/** Whole cores of a cgroup v2 quota ("200000 100000" is 2); null when there is no limit. */
function cpuQuota(cpuMax: string | null): number | null {
  const match = /^(\d+) (\d+)/.exec(cpuMax ?? '');
  return match === null ? null : wholeCores(Number(match[1]), Number(match[2]));
}

/** The same of version 1, where -1 is no limit. */
function cpuQuotaV1(quota: string | null, period: string | null): number | null {
  if (!/^\d+\s*$/.test(quota ?? '') || !/^\d+\s*$/.test(period ?? '')) return null;
  return wholeCores(Number(quota), Number(period));
}

function wholeCores(quota: number, period: number): number | null {
  return period > 0 ? Math.max(1, Math.floor(quota / period)) : null;
}

/** The cores that this process may run on, or null where the system does not say (then nothing is pinned). */
export function allowedCores(status: string | null = readOrNull('/proc/self/status')): number[] | null {
  const list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status ?? '')?.[1];
  if (list === undefined) return null;
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return Array.from({ length: last! - first! + 1 }, (_, index) => first! + index);
  });
}

/** How many processes the kernel has killed for memory since boot; null where it does not say. */
export function memoryKills(vmstat: string | null = readOrNull('/proc/vmstat')): number | null {
  const count = /^oom_kill (\d+)$/m.exec(vmstat ?? '')?.[1];
  return count === undefined ? null : Number(count);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
