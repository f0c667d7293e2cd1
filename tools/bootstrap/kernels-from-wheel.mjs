// Native kernels out of TensorFlow's own Python wheel: its C library, and tfjs-node's addon compiled against its headers.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compileAddon, findToolchain } from './compiler.mjs';
import { BootstrapFailure } from './failure.mjs';
import { downloadWheel, findPip } from './pip.mjs';
import { formatSize, secondsSince } from './reporter.mjs';
import { tfjsNodeDirectory } from './repository.mjs';
import { extractMember, readZipDirectory } from './zip-reader.mjs';

/** The wheel (274 MB) and what is taken from it (853 MB), at the same time, and some room. */
const DISK_NEEDED_BYTES = 1_250_000_000;
const LIBRARY_PATTERN = /^tensorflow\/(libtensorflow_(?:cc|framework)\.(?:so\.2|2\.dylib))$/;
/** Of 13,037 headers (268 MB) the sources reach 14; these folders hold them. */
const HEADER_PATTERN =
  /^tensorflow\/include\/((?:tensorflow\/c|tensorflow\/core\/platform|tsl\/c|tsl\/platform|xla\/tsl\/c)\/.*\.h)$/;

/**
 * @typedef {object} KernelContext
 * @property {string} root
 * @property {string} cacheDirectory
 * @property {NodeJS.ProcessEnv} environment
 * @property {import('./reporter.mjs').Reporter} reporter
 * @property {boolean} full
 * @property {string} [officialHost] where the package's own installer downloads from
 */

/**
 * Fills a cache entry.
 * @param {import('./wheels.mjs').Wheel} wheel
 * @param {string} directory
 * @param {KernelContext} context
 * @returns {Promise<Record<string, string>>}
 */
export async function createKernelsFromWheel(wheel, directory, context) {
  const { root, environment, reporter } = context;
  // All that can be missing is looked for before anything large is downloaded.
  const toolchain = await requirePrograms(root, environment);
  await requireSpace(directory);
  const work = join(directory, 'work');
  const path = await downloadWheel(wheel, join(work, 'download'), { environment, reporter, part: 'kernels' });
  const startedAt = performance.now();
  const libraries = await unpack(path, join(directory, 'deps', 'lib'), join(work, 'include'), reporter);
  linkLibraryNames(join(directory, 'deps', 'lib'), libraries);
  reporter.update('kernels', "compiling tfjs-node's addon");
  await compileAddon({
    toolchain,
    packageDirectory: tfjsNodeDirectory(root),
    includeDirectory: join(work, 'include'),
    entryDirectory: directory,
    environment,
  });
  rmSync(work, { recursive: true });
  reporter.line(
    'kernels',
    `unpacked TensorFlow ${wheel.version}, compiled the addon with ${toolchain.compiler} in ${secondsSince(startedAt)}`,
  );
  return { tensorflowVersion: wheel.version, source: 'wheel', compiler: toolchain.compiler };
}

/**
 * @param {string} path of the wheel
 * @param {string} libraryDirectory
 * @param {string} includeDirectory
 * @param {import('./reporter.mjs').Reporter} reporter
 * @returns {Promise<string[]>} file names of the libraries
 */
async function unpack(path, libraryDirectory, includeDirectory, reporter) {
  const libraries = [];
  let unpackedBytes = 0;
  for (const member of await readZipDirectory(path)) {
    const library = LIBRARY_PATTERN.exec(member.name)?.[1];
    const header = HEADER_PATTERN.exec(member.name)?.[1];
    if (library) libraries.push(library);
    const destination = library ? join(libraryDirectory, library) : header && join(includeDirectory, header);
    if (!destination) continue;
    await extractMember(path, member, destination, (bytes) => {
      unpackedBytes += bytes;
      reporter.update('kernels', `unpacking ${formatSize(unpackedBytes)}`);
    });
  }
  if (libraries.length !== 2) {
    throw new BootstrapFailure(
      `${path} holds ${libraries.length} of the two TensorFlow libraries`,
      'report this',
    );
  }
  return libraries;
}

/**
 * The linker looks for libtensorflow.so; the loader then for the name that is written in the library itself.
 * @param {string} directory
 * @param {string[]} libraries
 */
function linkLibraryNames(directory, libraries) {
  const suffix = process.platform === 'darwin' ? 'dylib' : 'so';
  mkdirSync(directory, { recursive: true });
  for (const library of libraries) {
    const plain = library.includes('framework') ? 'libtensorflow_framework' : 'libtensorflow';
    symlinkSync(library, join(directory, `${plain}.${suffix}`));
  }
}

/**
 * Names everything that is missing at once, or each run would tell one thing more.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} environment
 */
async function requirePrograms(root, environment) {
  const [toolchain, pip] = await Promise.allSettled([findToolchain(root, environment), findPip(environment)]);
  const missing = [toolchain, pip].flatMap((found) => (found.status === 'rejected' ? [found.reason] : []));
  if (toolchain.status === 'fulfilled' && pip.status === 'fulfilled') return toolchain.value;
  throw new BootstrapFailure(
    missing.map(({ message }) => message).join('; '),
    missing.map(({ remedy }) => remedy).join('; '),
  );
}

/** @param {string} directory */
async function requireSpace(directory) {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= DISK_NEEDED_BYTES) return;
  throw new BootstrapFailure(
    `native kernels need ${formatSize(DISK_NEEDED_BYTES)} while they are installed, and ${dirname(directory)} has ${formatSize(free)} free`,
    'free some space, or point SEEDBED_CACHE at a larger disk',
  );
}
