// Finds a C++ compiler and Node's headers, and compiles the addon of tfjs-node against them.
// The addon uses Node-API version 8 only, so one file serves every Node that we support.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootstrapFailure } from './failure.mjs';
import { runProcess } from './processes.mjs';

/** The highest Node-API version that tfjs-node 4.22.0 looks for; it names the folder of the addon. */
export const NODE_API_VERSION = 8;
/** As reported by compiling here: 5 s on a laptop; a loaded machine may need far longer. */
const COMPILE_TIMEOUT_MS = 10 * 60_000;

/**
 * @typedef {{compiler: string, nodeHeaders: string}} Toolchain
 */

/**
 * @param {string} root of the checkout
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<Toolchain>}
 * @throws {BootstrapFailure} naming what is missing
 */
export async function findToolchain(root, environment) {
  const compiler = await findCompiler(environment);
  const nodeHeaders = nodeHeaderCandidates(root).find((path) => existsSync(join(path, 'node_api.h')));
  if (!nodeHeaders) {
    throw new BootstrapFailure(
      "no Node headers found (node_api.h), which the native addon's source includes",
      'install them (Debian, Ubuntu: apt-get install libnode-dev) or use a Node from nodejs.org, which brings them',
    );
  }
  return { compiler, nodeHeaders };
}

/**
 * @param {object} request
 * @param {Toolchain} request.toolchain
 * @param {string} request.packageDirectory the tfjs-node package, which has the sources
 * @param {string} request.includeDirectory of TensorFlow
 * @param {string} request.entryDirectory has the libraries in deps/lib; the addon goes to lib/napi-v8
 * @param {NodeJS.ProcessEnv} request.environment
 * @returns {Promise<string>} path of the addon
 */
export async function compileAddon({
  toolchain,
  packageDirectory,
  includeDirectory,
  entryDirectory,
  environment,
}) {
  const addon = join(entryDirectory, 'lib', `napi-v${NODE_API_VERSION}`, 'tfjs_binding.node');
  mkdirSync(dirname(addon), { recursive: true });
  // Relative to the addon's real place: it is loaded through a link in node_modules.
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const result = await runProcess(
    toolchain.compiler,
    [
      '-O2',
      '-std=c++17',
      '-fPIC',
      '-shared',
      `-DNAPI_VERSION=${NODE_API_VERSION}`,
      // napi functions are in the node program itself.
      ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
      `-I${dirname(packageDirectory)}`,
      `-I${includeDirectory}`,
      `-I${toolchain.nodeHeaders}`,
      join(packageDirectory, 'binding', 'tfjs_backend.cc'),
      join(packageDirectory, 'binding', 'tfjs_binding.cc'),
      `-L${join(entryDirectory, 'deps', 'lib')}`,
      '-ltensorflow',
      '-ltensorflow_framework',
      `-Wl,-rpath,${origin}/../../deps/lib`,
      '-o',
      addon,
    ],
    // Objects between compiler and linker go here too, so that nothing stays elsewhere when we are stopped.
    { env: { ...environment, TMPDIR: entryDirectory }, timeoutMs: COMPILE_TIMEOUT_MS },
  );
  if (result.exitCode === 0) return addon;
  const firstError =
    result.stderr.split('\n').find((line) => /error/i.test(line)) ?? result.stderr.slice(-300);
  throw new BootstrapFailure(
    `${toolchain.compiler} could not compile the native addon: ${firstError.trim()}`,
    'a compiler for C++17 is needed (Debian, Ubuntu: apt-get install g++)',
  );
}

/** @param {NodeJS.ProcessEnv} environment */
async function findCompiler(environment) {
  const candidates = [environment['CXX'], 'g++', 'c++', 'clang++'].filter(
    (name) => name !== undefined && name !== '',
  );
  for (const command of /** @type {string[]} */ (candidates)) {
    const { exitCode } = await runProcess(command, ['--version'], { env: environment, timeoutMs: 30_000 });
    if (exitCode === 0) return command;
  }
  throw new BootstrapFailure(
    `no C++ compiler found (tried ${candidates.join(', ')})`,
    'install one (Debian, Ubuntu: apt-get install g++; macOS: xcode-select --install)',
  );
}

/** @param {string} root */
function nodeHeaderCandidates(root) {
  const variables = /** @type {Record<string, unknown>} */ (process.config.variables);
  const prefix = typeof variables['node_prefix'] === 'string' ? variables['node_prefix'] : '/usr/local';
  return [
    // The npm package holds the four Node-API headers, which is all that the sources include.
    join(root, 'node_modules', 'node-api-headers', 'include'),
    join(dirname(process.execPath), '..', 'include', 'node'),
    join(prefix, 'include', 'node'),
    '/usr/include/node',
    '/usr/include/nodejs/src',
  ];
}
