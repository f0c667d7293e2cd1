/**
 * How a training child is started: under which programs, with which environment.
 *
 * - `setpriv --pdeathsig KILL`: the kernel kills the child when its supervisor dies, even in the middle of a
 *   synchronous training step. Without that program the child still exits when its IPC channel closes.
 * - `taskset -c <core>`: one child per core stays on its core, with its cache. Only when the trainer has exactly as many
 *   children as allowed cores: two smaller trainers on one machine would otherwise both choose the first core.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { allowedCores } from './available-cores.js';

/** Programs to start the child with, in exec order; the last one starts Node. */
export interface ChildCommand {
  readonly execPath: string;
  readonly execArgv: readonly string[];
}

export interface Wrappers {
  readonly parentDeathSignal: boolean;
  readonly affinity: boolean;
  readonly cores: readonly number[];
}

const PARENT_DEATH = ['setpriv', '--pdeathsig', 'KILL'];
const PROBE_TIMEOUT_MS = 5_000;
/**
 * Megabytes of V8's nursery. A child's arrays live in TensorFlow's memory; at V8's default of 16 the nursery grew by 30 MB over
 * a hundred sweeps for nothing (`npm run bench -- --memory`).
 */
const NURSERY_MB = 2;
const NODE_ARGUMENTS = [`--max-semi-space-size=${NURSERY_MB}`];

/** Finds out by running them which wrappers work here (BusyBox's setpriv, for one, knows no --pdeathsig). */
export async function findWrappers(children: number): Promise<Wrappers> {
  const cores = process.platform === 'linux' ? (allowedCores() ?? []) : [];
  const [parentDeathSignal, affinity] = await Promise.all([
    process.platform === 'linux' && works([...PARENT_DEATH, 'true']),
    children === cores.length && works(['taskset', '-c', String(cores[0]), 'true']),
  ]);
  return { parentDeathSignal, affinity, cores };
}

export function childCommand(slotIndex: number, wrappers: Wrappers): ChildCommand {
  const core = wrappers.cores[slotIndex];
  const [execPath, ...execArgv] = [
    ...(wrappers.parentDeathSignal ? PARENT_DEATH : []),
    ...(wrappers.affinity && core !== undefined ? ['taskset', '-c', String(core)] : []),
    process.execPath,
    ...NODE_ARGUMENTS,
  ];
  return { execPath: execPath!, execArgv };
}

/**
 * What a child needs of the supervisor's environment: where programs, libraries and the data cache are. Redis's URL and
 * every other secret stay with the supervisor.
 */
const INHERITED = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LD_LIBRARY_PATH',
  'XDG_CACHE_HOME',
  'SEEDBED_CACHE',
  'SEEDBED_CIFAR10',
  'SEEDBED_DATA_DIR',
  'SEEDBED_BACKEND',
  'SEEDBED_KERNELS',
  'ONEDNN_MAX_CPU_ISA',
  'NODE_EXTRA_CA_CERTS',
] as const;

const CHILD_SETTINGS = {
  // One thread per child, always: fastest arrangement, and some kernels split their sums by thread count.
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  OMP_NUM_THREADS: '1',
  TF_CPP_MIN_LOG_LEVEL: '2',
  // glibc (others ignore these): keep freed tensors instead of handing pages back and faulting them in again. 32 MiB is the
  // largest mmap threshold that glibc accepts. The engine uses its memory again, so that these and huge pages together bring it
  // 1 % (`npm run bench` measures it with each and without); evaluation and loading allocate more.
  MALLOC_MMAP_THRESHOLD_: '33554432',
  MALLOC_TRIM_THRESHOLD_: '4000000000',
  MALLOC_TOP_PAD_: '67108864',
  MALLOC_ARENA_MAX: '1',
  // glibc 2.35 and later: huge pages for the heap where the kernel has them on request; 2 % for the engine.
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
} as const;

export function childEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...CHILD_SETTINGS };
}

async function works([program, ...args]: string[]): Promise<boolean> {
  try {
    await promisify(execFile)(program!, args, { timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    return false;
  }
}
