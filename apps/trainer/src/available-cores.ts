/** The processors and the memory that this process may use, which in a container are fewer than the machine has. */
import { readFileSync } from 'node:fs';
import os from 'node:os';

/**
 * Peak memory of one training child, rounded up: 1.42 GB measured with 45,000 training images and a pack of 25 networks
 * of 50 units (553 MB of it are the images as float32).
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
  const quota = cpuQuota(readOrNull('/sys/fs/cgroup/cpu.max'));
  return { parallelism: Math.min(os.availableParallelism(), quota ?? Infinity), memoryBytes };
}

/** Whole cores of a cgroup v2 quota ("200000 100000" is 2); null when there is no limit. */
export function cpuQuota(cpuMax: string | null): number | null {
  const match = /^(\d+) (\d+)/.exec(cpuMax ?? '');
  if (!match) return null;
  return Math.max(1, Math.floor(Number(match[1]) / Number(match[2])));
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
