// Limits processes to a share of a processor by control groups, version 2 or 1, whichever this machine lets root write.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
const PERIOD_MICROSECONDS = 100_000;

/**
 * @typedef {object} CpuLimit
 * @property {string} kind for people
 * @property {(program: string, words: readonly string[]) => {program: string, words: string[]}} wrap a command that runs,
 *   with all that it starts, within the limit, in a group of its own
 * @property {() => void} remove the groups, when nothing runs in them any more
 */

/**
 * @param {number} cores of each command
 * @returns {CpuLimit | {reason: string}} why nothing can be limited here
 */
export function openCpuLimit(cores) {
  const quota = Math.round(cores * PERIOD_MICROSECONDS);
  const name = `seedbed-bench-${process.pid}`;
  const reasons = [];
  for (const open of [openVersion2, openVersion1]) {
    try {
      return limitIn(open(name), quota);
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { reason: `no control group can be written: ${reasons.join('; ')}` };
}

/**
 * @typedef {object} Groups
 * @property {string} kind
 * @property {string} directory
 * @property {(group: string, quota: number) => void} limit
 */

/** @param {string} name @returns {Groups} */
function openVersion2(name) {
  if (!existsSync(join(ROOT, 'cgroup.controllers'))) throw new Error('no version 2');
  const directory = join(ROOT, name);
  writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+cpu');
  mkdirSync(directory);
  writeFileSync(join(directory, 'cgroup.subtree_control'), '+cpu');
  const limit = (/** @type {string} */ group, /** @type {number} */ quota) =>
    writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_MICROSECONDS}`);
  return { kind: 'cgroup v2, cpu.max', directory, limit };
}

/** @param {string} name @returns {Groups} */
function openVersion1(name) {
  const mount = ['cpu', 'cpu,cpuacct'].map((each) => join(ROOT, each)).find((each) => existsSync(each));
  if (mount === undefined) throw new Error('no version 1 controller of processors');
  const directory = join(mount, name);
  mkdirSync(directory);
  return {
    kind: 'cgroup v1, cpu.cfs_quota_us',
    directory,
    limit: (group, quota) => {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_MICROSECONDS));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota));
    },
  };
}

/** @param {Groups} groups @param {number} quota @returns {CpuLimit} */
function limitIn({ kind, directory, limit }, quota) {
  /** @type {string[]} */
  const made = [];
  return {
    kind,
    wrap: (program, words) => {
      const group = join(directory, String(made.length + 1));
      mkdirSync(group);
      made.push(group);
      limit(group, quota);
      const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
      return { program: 'sh', words: ['-c', script, group, program, ...words] };
    },
    remove: () => {
      for (const group of [...made, directory]) {
        // Whoever is in there still keeps it; it must not hide how the benchmark went.
        const isEmpty = readFileSync(join(group, 'cgroup.procs'), 'utf8') === '';
        if (isEmpty) rmdirSync(group);
      }
    },
  };
}
