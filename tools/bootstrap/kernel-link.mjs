// Puts the kernels of the cache into node_modules, where tfjs-node looks for them, and finds out whether they work.
// `npm ci` wipes the links, so they are made again by every setup; the files stay in the cache.
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootstrapFailure } from './failure.mjs';
import { runProcess } from './processes.mjs';
import { tfjsNodeDirectory } from './repository.mjs';

/** Loading takes 0.6 s here; a cold disk has 850 MB to read. */
const PROBE_TIMEOUT_MS = 3 * 60_000;

/**
 * Loads the package as a trainer does and multiplies two matrices, so that a processor without the instructions, or a
 * library of another system, is found now and not in the middle of a sweep. Node 23 removed two functions that the
 * package calls.
 */
const PROBE_PROGRAM = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
util.isArray ??= Array.isArray;
const tf = require('@tensorflow/tfjs-node');
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5, 6], [7, 8]]));
if (Array.from(product.dataSync()).join() !== '19,22,43,50') throw new Error('wrong product: ' + product.dataSync());
console.log('version=' + tf.backend().binding.TF_Version);
`;

/**
 * @param {string} root
 * @returns {string | undefined} the addon that somebody installed into the package by themselves
 */
export function installedAddon(root) {
  const directory = join(tfjsNodeDirectory(root), 'lib');
  if (!existsSync(directory)) return undefined;
  for (const name of readdirSync(directory)) {
    const addon = join(directory, name, 'tfjs_binding.node');
    if (lstatSync(join(directory, name)).isDirectory() && existsSync(addon)) return addon;
  }
  return undefined;
}

/**
 * @param {string} root
 * @param {string} entryDirectory
 * @returns {string} path of the addon in the cache
 */
export function linkKernels(root, entryDirectory) {
  const packageDirectory = tfjsNodeDirectory(root);
  const folder = readdirSync(join(entryDirectory, 'lib')).find((name) => name.startsWith('napi-v'));
  if (!folder) throw new BootstrapFailure(`${entryDirectory} has no addon`, 'delete it and run again');
  linkFolder(join(packageDirectory, 'lib', folder), join(entryDirectory, 'lib', folder));
  linkFolder(join(packageDirectory, 'deps', 'lib'), join(entryDirectory, 'deps', 'lib'));
  return join(entryDirectory, 'lib', folder, 'tfjs_binding.node');
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<string>} TensorFlow's version, as the library itself tells it
 * @throws {BootstrapFailure} when the kernels cannot be loaded or compute wrongly
 */
export async function probeKernels(root, environment) {
  const result = await runProcess(process.execPath, ['-e', PROBE_PROGRAM], {
    cwd: root,
    env: { ...environment, TF_CPP_MIN_LOG_LEVEL: '3' },
    timeoutMs: PROBE_TIMEOUT_MS,
  });
  const version = /^version=(.+)$/m.exec(result.stdout)?.[1];
  if (result.exitCode === 0 && version) return version;
  const told =
    result.stderr.split('\n').find((line) => /error/i.test(line)) ??
    `it ended with ${result.exitCode ?? 'a signal'}`;
  throw new BootstrapFailure(
    `the native kernels do not work on this machine: ${told.trim()}`,
    'they need glibc 2.27 or newer and a processor with AVX',
  );
}

/**
 * @param {string} path
 * @param {string} target
 */
function linkFolder(path, target) {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() && readlinkSync(path) === target) return;
  if (stats) rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}
