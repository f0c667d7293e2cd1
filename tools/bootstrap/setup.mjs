// Makes a fresh clone ready to run: npm packages, native kernels, a server program and the compiled projects.
// Run by itself (`npm run setup`, `npm run setup -- --verify` to read every cached byte) or by start.mjs and test.mjs.
// A second run with everything in place takes about a second and needs no network.
import { createHash } from 'node:crypto';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { cacheDirectory } from './cache-directory.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { asFailure, BootstrapFailure, errorCode } from './failure.mjs';
import { ensureKernels } from './kernels.mjs';
import { acquireLock } from './lock.mjs';
import { createReporter, secondsSince } from './reporter.mjs';
import { isMain, repositoryRoot } from './repository.mjs';
import { ensureServer } from './server.mjs';
import { readState, writeState } from './state.mjs';
import { platformName } from './wheels.mjs';

const OLDEST_NODE = [20, 19];
/** The first major version on which nothing was tried. */
const UNTRIED_NODE_MAJOR = 25;

/**
 * @param {object} [options]
 * @param {boolean} [options.full] read every byte of the cache
 * @param {import('./reporter.mjs').Reporter} [options.reporter]
 * @param {NodeJS.ProcessEnv} [options.environment]
 * @param {string} [options.root]
 * @returns {Promise<import('./state.mjs').BootstrapState>}
 * @throws {BootstrapFailure} when packages or build fail; missing kernels or server are recorded, not thrown
 */
export async function setup(options = {}) {
  const {
    full = false,
    reporter = createReporter(),
    environment = process.env,
    root = repositoryRoot,
  } = options;
  const cache = cacheDirectory(environment);
  const context = { root, cacheDirectory: cache, environment, reporter, full };
  requireSupportedNode();
  mkdirSync(cache, { recursive: true });
  accessSync(cache, constants.W_OK);
  // One setup at a time in a checkout; several checkouts share the cache, whose entries have locks of their own.
  const lockName = `checkout-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`;
  const release = await acquireLock(join(cache, '.locks', lockName), (owner) =>
    reporter.line('setup', `waiting for process ${owner.pid}, which is setting up the same checkout`),
  );
  try {
    await ensureDependencies(context);
    const [found, built] = await Promise.allSettled([findKernelsAndServer(context), build(context)]);
    if (found.status === 'rejected') throw found.reason;
    if (built.status === 'rejected') throw built.reason;
    return found.value;
  } finally {
    release();
  }
}

/**
 * Both are written down even when the build fails, which does not concern them.
 * @param {import('./kernels-from-wheel.mjs').KernelContext} context
 */
async function findKernelsAndServer(context) {
  const { root, reporter } = context;
  const kernels = await ensureKernels(context, readState(root)?.backend);
  const server = await ensureServer(context);
  /** @type {import('./state.mjs').BootstrapState} */
  const state = {
    schemaVersion: 1,
    writtenAt: new Date().toISOString(),
    platform: platformName,
    node: process.version,
    cacheDirectory: context.cacheDirectory,
    backend: kernels.backend,
    server: server.server,
    attempts: [...kernels.attempts, ...server.attempts],
    warnings: reporter.warnings,
  };
  writeState(root, state);
  return state;
}

function requireSupportedNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  const old = major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
  if (!old && major < UNTRIED_NODE_MAJOR) return;
  throw new BootstrapFailure(
    `this is Node ${process.versions.node}; Seedbed needs ${OLDEST_NODE.join('.')} or newer, below ${UNTRIED_NODE_MAJOR}`,
    'install Node 22 or 24 from nodejs.org',
  );
}

/**
 * Prints a failure as a person wants it, without a stack unless it is a mistake of ours.
 * @param {unknown} error
 */
export function printFailure(error) {
  const failure = asFailure(error, 'setup');
  process.stderr.write(`\nsetup failed: ${failure.message}\nWhat to do: ${failure.remedy}.\n`);
  if (isOurMistake(error)) process.stderr.write(`${error.stack}\n`);
}

/**
 * @param {unknown} error
 * @returns {error is Error} neither foreseen nor a refusal of the operating system
 */
const isOurMistake = (error) =>
  error instanceof Error && !(error instanceof BootstrapFailure) && errorCode(error) === undefined;

async function main() {
  const startedAt = performance.now();
  const reporter = createReporter();
  try {
    await setup({ full: process.argv.includes('--verify'), reporter });
    reporter.line('setup', `ready in ${secondsSince(startedAt)}`);
  } catch (error) {
    printFailure(error);
    process.exitCode = 1;
  }
}

if (isMain(import.meta.url)) await main();
