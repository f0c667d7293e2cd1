/** Processor, threads, memory and disk. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { formatBytes } from '../output/format.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Vector instructions that the kernels choose by, widest first. */
const CPU_FEATURES = [
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'avx2',
  'fma',
  'avx',
  'asimd',
] as const;
/** A training process with kernels, data and a full pack. */
const BYTES_PER_CHILD = 1.2 * 2 ** 30;
/** The data set (180 MB), its download, and kernels. */
const DISK_BYTES_MIN = 1 * 2 ** 30;

/** A training process always uses one thread; these are set for it whatever stands in the environment. */
const THREAD_VARIABLES = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'] as const;

export function checkProcessor(cpuInfoPath = '/proc/cpuinfo'): Finding {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const cores = availableParallelism();
  const features = cpuFeatures(readText(cpuInfoPath));
  const facts = { model, cores, features };
  const detail = `${model}, ${cores} cores, ${features === null ? 'features unknown' : features.join(' ')}`;
  if (features !== null && process.arch === 'x64' && !features.includes('avx2')) {
    return warning('processor', detail, 'native kernels are slow without AVX2: use a newer machine', facts);
  }
  return ok('processor', detail, facts);
}

/** Of our list, those that the first processor has; null where the system does not say. */
export function cpuFeatures(cpuInfo: string | null): string[] | null {
  const line = cpuInfo?.match(/^(?:flags|Features)\s*:\s*(.*)$/m)?.[1];
  if (line === undefined) return null;
  const present = new Set(line.split(/\s+/));
  return CPU_FEATURES.filter((feature) => present.has(feature));
}

export function checkThreads(environment: NodeJS.ProcessEnv): Finding {
  const set = THREAD_VARIABLES.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
  const detail =
    set.length === 0
      ? 'each training process uses one thread; one process per core'
      : `each training process uses one thread; ${set.join(', ')} in your environment is overridden`;
  return ok(
    'threads',
    detail,
    Object.fromEntries(THREAD_VARIABLES.map((name) => [name, environment[name] ?? null])),
  );
}

export function checkMemory(memory = { total: totalmem(), available: availableMemory() }): Finding {
  const children = Math.floor(memory.available / BYTES_PER_CHILD);
  const facts = { totalBytes: memory.total, availableBytes: memory.available, childrenFit: children };
  const detail = `${formatBytes(memory.available)} of ${formatBytes(memory.total)} available`;
  if (children < 1) {
    return problem(
      'memory',
      detail,
      `a training process needs ${formatBytes(BYTES_PER_CHILD)}: free some memory`,
      facts,
    );
  }
  if (children < availableParallelism()) {
    const remedy = `only ${children} training processes fit: start with --children ${children}`;
    return warning('memory', detail, remedy, facts);
  }
  return ok('memory', detail, facts);
}

export async function checkDisk(directories: Readonly<Record<string, string>>): Promise<Finding> {
  const entries = await Promise.all(
    Object.entries(directories).map(async ([what, directory]) => ({
      what,
      directory,
      free: await freeBytes(directory),
    })),
  );
  const facts = Object.fromEntries(
    entries.map(({ what, directory, free }) => [what, { directory, freeBytes: free }]),
  );
  const detail = entries
    .map(({ what, directory, free }) => `${formatBytes(free)} free for ${what} (${directory})`)
    .join(', ');
  if (entries.some(({ free }) => free < DISK_BYTES_MIN)) {
    return problem(
      'disk',
      detail,
      `free some space, or move them: SEEDBED_CACHE, --output, --directory`,
      facts,
    );
  }
  return ok('disk', detail, facts);
}

async function freeBytes(directory: string): Promise<number> {
  for (let current = directory; ; current = dirname(current)) {
    try {
      const { bavail, bsize } = await statfs(current);
      return bavail * bsize;
    } catch (thrown: unknown) {
      // Not made yet: it will be on its parent's disk.
      if (dirname(current) === current) throw thrown;
    }
  }
}

/** Linux counts what its caches would give back; elsewhere only what nobody uses is known. */
function availableMemory(): number {
  const line = readText('/proc/meminfo')?.match(/^MemAvailable:\s*(\d+) kB$/m)?.[1];
  return line === undefined ? freemem() : Number(line) * 1024;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
