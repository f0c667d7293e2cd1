// Where this checkout lies, and what lies where in it.
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** @param {string} [root] */
export const tfjsNodeDirectory = (root = repositoryRoot) =>
  join(root, 'node_modules', '@tensorflow', 'tfjs-node');

/**
 * What is known about this checkout alone (stamps, state); wiped together with node_modules, on purpose.
 * @param {string} [root]
 */
export const checkoutStateDirectory = (root = repositoryRoot) => join(root, 'node_modules', '.seedbed');

/**
 * Whether a module is the program that was started, rather than imported.
 * @param {string} moduleUrl its import.meta.url
 */
export function isMain(moduleUrl) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(moduleUrl);
}
