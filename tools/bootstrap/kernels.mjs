// Decides where native kernels come from, in this order: what somebody installed into the package; the cache; the
// package's installer, if somebody gave it settings; TensorFlow's wheel; that installer as it is. Without any, WebAssembly:
// slower by an order of magnitude, said loudly, and never passed off as native. The archive on Maven Central
// (org.tensorflow:tensorflow-core-native) is no source: it holds the libraries, and no headers to compile the addon against.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ensureEntry, findEntry } from './cache-entry.mjs';
import { asFailure } from './failure.mjs';
import { installedAddon, linkKernels, probeKernels } from './kernel-link.mjs';
import { createKernelsFromWheel } from './kernels-from-wheel.mjs';
import { createKernelsOfficially, hasInstallerSettings } from './kernels-official.mjs';
import { tfjsNodeDirectory } from './repository.mjs';
import { hasGlibc, platformName, tensorflowWheel } from './wheels.mjs';

/** Raise it when an entry of the same versions is laid out or compiled differently. */
const RECIPE = 1;

const WASM_REMEDY =
  'install python3 with pip and a C++ compiler (Debian, Ubuntu: apt-get install python3-pip g++) and run `npm run setup` again';

/**
 * @typedef {import('./kernels-from-wheel.mjs').KernelContext} KernelContext
 * @typedef {import('./state.mjs').Backend} Backend
 * @typedef {import('./state.mjs').Attempt} Attempt
 * @typedef {{name: string, source: string, create: (directory: string) => Promise<Record<string, string>>}} Source
 */

/**
 * @param {KernelContext} context
 * @param {Backend | undefined} previous what the last setup of this checkout found
 * @returns {Promise<{backend: Backend, attempts: Attempt[]}>} never rejects for want of kernels
 */
export async function ensureKernels(context, previous) {
  const { root, environment, reporter } = context;
  /** @type {Attempt[]} */
  const attempts = [];
  /** @param {string} source @param {Attempt['outcome']} outcome @param {string} [reason] */
  const record = (source, outcome, reason) =>
    attempts.push({ part: 'kernels', source, outcome, ...(reason && { reason }) });

  if (environment['SEEDBED_KERNELS'] === 'wasm') {
    record('wheel', 'skipped', 'SEEDBED_KERNELS=wasm');
    return { backend: wasm(context, 'SEEDBED_KERNELS=wasm asks for it', 'unset SEEDBED_KERNELS'), attempts };
  }
  const installed = installedAddon(root);
  if (installed) {
    try {
      const tensorflowVersion = await probeKernels(root, environment);
      record('installed', 'used');
      reporter.line('kernels', `TensorFlow ${tensorflowVersion}, installed into node_modules by hand`);
      return {
        backend: native(tensorflowVersion, 'installed', tfjsNodeDirectory(root), installed),
        attempts,
      };
    } catch (error) {
      record('installed', 'failed', asFailure(error, 'loading the installed addon').message);
    }
  }
  let remedy = WASM_REMEDY;
  for (const source of sources(context, record)) {
    try {
      const backend = await useSource(source, context, previous);
      record(source.source, 'used');
      return { backend, attempts };
    } catch (error) {
      const failure = asFailure(error, `kernels from ${source.source}`);
      record(source.source, 'failed', failure.message);
      reporter.line('kernels', `${source.source}: ${failure.message}`);
      if (source.source === 'wheel') remedy = failure.remedy;
    }
  }
  const reason =
    attempts.find(({ source }) => source === 'wheel')?.reason ?? 'no source of native kernels works here';
  return { backend: wasm(context, reason, remedy), attempts };
}

/**
 * @param {KernelContext} context
 * @param {(source: string, outcome: Attempt['outcome'], reason?: string) => void} record
 * @returns {Source[]}
 */
function sources(context, record) {
  const packageVersion = JSON.parse(
    readFileSync(join(tfjsNodeDirectory(context.root), 'package.json'), 'utf8'),
  ).version;
  const wheel = tensorflowWheel();
  const glibc = hasGlibc();
  /** @type {Source[]} */
  const list = [];
  if (hasInstallerSettings(context.root, context.environment)) {
    list.push({
      name: entryName('user', packageVersion, JSON.stringify(installerSettings(context.environment))),
      source: 'user',
      create: (directory) => createKernelsOfficially(directory, context, true),
    });
  }
  if (wheel && glibc) {
    list.push({
      name: entryName(wheel.version, packageVersion, wheel.sha256),
      source: 'wheel',
      create: (directory) => createKernelsFromWheel(wheel, directory, context),
    });
  } else {
    record(
      'wheel',
      'skipped',
      glibc ? `there is no TensorFlow wheel for ${platformName}` : 'this system has no glibc (Alpine?)',
    );
  }
  list.push({
    name: entryName('official', packageVersion, ''),
    source: 'official',
    create: (directory) => createKernelsOfficially(directory, context, false),
  });
  return list;
}

/**
 * @param {Source} source
 * @param {KernelContext} context
 * @param {Backend | undefined} previous
 * @returns {Promise<Backend>}
 */
async function useSource(source, context, previous) {
  const { root, environment, reporter } = context;
  const request = { ...context, name: source.name, part: 'kernels' };
  const entry = (await findEntry(request)) ?? (await ensureEntry(request, source.create));
  const addonPath = linkKernels(root, entry.directory);
  const probedFor = `${process.version} on ${hostname()}, entry of ${entry.createdAt}`;
  const kind = entry.info['source'] ?? source.source;
  const isKnown =
    previous?.kind === 'tensorflow' && previous.probedFor === probedFor && previous.addonPath === addonPath;
  const version =
    isKnown && !context.full ? previous.tensorflowVersion : await probeKernels(root, environment);
  reporter.line('kernels', `TensorFlow ${version}, native${entry.created ? '' : ' (cached)'}`);
  return { ...native(version, kind, entry.directory, addonPath), probedFor };
}

/**
 * @param {string} tensorflowVersion
 * @param {string} source
 * @param {string} directory
 * @param {string} addonPath
 * @returns {Extract<Backend, {kind: 'tensorflow'}>}
 */
function native(tensorflowVersion, source, directory, addonPath) {
  return { kind: 'tensorflow', tensorflowVersion, source, directory, addonPath };
}

/**
 * @param {KernelContext} context
 * @param {string} reason
 * @param {string} remedy
 * @returns {Backend}
 */
function wasm({ reporter }, reason, remedy) {
  reporter.warn(
    `training will run on WebAssembly, about 20 times slower than with native kernels: ${reason}.\n` +
      `To get native kernels: ${remedy}.`,
  );
  return { kind: 'wasm', reason, remedy };
}

/** @param {NodeJS.ProcessEnv} environment */
function installerSettings(environment) {
  return Object.entries(environment)
    .filter(([name]) => /TFJS_NODE_|^CDN_STORAGE$/.test(name))
    .sort();
}

/**
 * @param {string} version
 * @param {string} packageVersion
 * @param {string} content whatever else the entry depends on
 */
function entryName(version, packageVersion, content) {
  const digest = createHash('sha256').update(`${RECIPE} ${content}`).digest('hex').slice(0, 12);
  return `kernels-${version}-tfjs-${packageVersion}-${platformName}-${digest}`;
}
