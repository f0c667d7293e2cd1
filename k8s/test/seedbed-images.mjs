// The images of docker/Dockerfile, built on this machine and written into an archive for the cluster.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { repositoryRoot } from '../../tools/bootstrap/repository.mjs';
import { command, tryCommand } from '../cluster/command.mjs';
import { STAND_IN_BASE, makeStandInBase } from './stand-in-base.mjs';

/** What docker/Dockerfile stands on by default. */
const NODE_IMAGE = 'docker.io/library/node:22-bookworm-slim';
const TARGETS = ['coordinator', 'trainer'];
export const REDIS_IMAGE = 'localhost/seedbed-redis:test';
/** Packages from registries, TensorFlow's wheel and two compilers, on a slow line. */
const BUILD_TIMEOUT_MS = 30 * 60_000;
const PULL_TIMEOUT_MS = 120_000;

/** Debian's server is as good as any for one node, and needs no registry. */
const REDIS_CONTAINERFILE = `ARG BASE
FROM \${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/*
`;

/**
 * @param {string} directory where the archive goes
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<string>} the archive
 */
export async function buildSeedbedImages(directory, reporter) {
  const env = containerEnvironment();
  const base = await baseImage(env, reporter);
  const common = ['podman', 'build', '--network=host', '--layers'];
  const images = [];
  for (const target of TARGETS) {
    const image = `localhost/seedbed-${target}:dev`;
    reporter.line('images', `building ${image}`);
    await command(
      [
        ...[...common, '--target', target, '--build-arg', `NODE_IMAGE=${base}`, '--tag', image],
        ...['--file', join(repositoryRoot, 'docker', 'Dockerfile'), repositoryRoot],
      ],
      { env, timeoutMs: BUILD_TIMEOUT_MS },
    );
    images.push(image);
  }
  mkdirSync(directory, { recursive: true });
  const redis = join(directory, 'redis');
  mkdirSync(redis);
  writeFileSync(join(redis, 'Containerfile'), REDIS_CONTAINERFILE);
  await command([...common, '--build-arg', `BASE=${base}`, '--tag', REDIS_IMAGE, redis], {
    env,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  const archive = join(directory, 'seedbed.tar');
  const save = ['podman', 'save', '--quiet', '--multi-image-archive', '--output', archive];
  await command([...save, ...images, REDIS_IMAGE], { env, timeoutMs: BUILD_TIMEOUT_MS });
  return archive;
}

/**
 * Storage of our own in the cache, so that nobody's images are touched and layers are kept for the next time.
 * @returns {NodeJS.ProcessEnv}
 */
function containerEnvironment() {
  const directory = join(cacheDirectory(), 'cluster-images');
  for (const name of ['storage', 'run', 'temporary']) mkdirSync(join(directory, name), { recursive: true });
  const path = (/** @type {string} */ name) => join(directory, name);
  writeFileSync(
    path('storage.conf'),
    `[storage]\ndriver = "overlay"\ngraphroot = "${path('storage')}"\nrunroot = "${path('run')}"\n`,
  );
  writeFileSync(
    path('containers.conf'),
    // Limits that a root without all its capabilities may set, and no init system to ask for control groups.
    '[containers]\ndefault_ulimits = ["nofile=16384:16384", "nproc=8192:8192"]\n' +
      '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n',
  );
  return {
    ...process.env,
    CONTAINERS_STORAGE_CONF: path('storage.conf'),
    CONTAINERS_CONF: path('containers.conf'),
    TMPDIR: path('temporary'),
  };
}

/** @param {NodeJS.ProcessEnv} env @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter */
async function baseImage(env, reporter) {
  for (const image of [NODE_IMAGE, STAND_IN_BASE])
    if ((await tryCommand(['podman', 'image', 'exists', image], { env })).exitCode === 0) return image;
  const pull = ['podman', 'pull', '--quiet', '--retry=0', NODE_IMAGE];
  if ((await tryCommand(pull, { env, timeoutMs: PULL_TIMEOUT_MS })).exitCode === 0) return NODE_IMAGE;
  reporter.line(
    'images',
    `${NODE_IMAGE} cannot be pulled: making a stand-in of Debian's and Node's packages`,
  );
  await makeStandInBase(env);
  return STAND_IN_BASE;
}
