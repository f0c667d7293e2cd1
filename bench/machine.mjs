// The machine and the versions that a number belongs to.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { instructionSet } from '@seedbed/model';
import { allowedCores } from '../apps/trainer/dist/available-cores.js';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';

/** @returns {number} the cores that this process may use */
export const coreCount = () => allowedCores()?.length ?? os.availableParallelism();

export function describeMachine() {
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    instructionSet: instructionSet(process.env),
    cores: coreCount(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    virtual: isVirtual(),
  };
}

export function describeVersions() {
  return {
    seedbed: versionOf(repositoryRoot),
    commit: commit(),
    node: process.version,
    tfjsNode: versionOf(join(repositoryRoot, 'node_modules', '@tensorflow', 'tfjs-node')),
  };
}

/** @param {string} directory of a package */
function versionOf(directory) {
  return /** @type {string} */ (JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')).version);
}

/** With a plus where the working tree differs from it; null outside of git. */
function commit() {
  try {
    const git = (/** @type {string[]} */ ...words) =>
      execFileSync('git', words, { cwd: repositoryRoot, encoding: 'utf8', stdio: 'pipe' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'libs', 'apps') !== '';
    return git('rev-parse', '--short=12', 'HEAD') + (changed ? '+' : '');
  } catch {
    return null;
  }
}

function isVirtual() {
  try {
    return /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return null;
  }
}
