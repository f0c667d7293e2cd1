// Seedbed's images, built from the Dockerfile as they are shipped, on the stand-in base.
import { join } from 'node:path';
import { repositoryRoot } from '../../tools/bootstrap/repository.mjs';
import { ensureBaseImages } from './base-image.mjs';
import { podman } from './podman.mjs';

/** Of the Dockerfile. */
const TARGETS = /** @type {const} */ (['coordinator', 'trainer', 'cli']);
/** Layers of about ten versions of the sources; then what no image needs any more is removed. */
const IMAGES_KEPT_MAX = 600;

/** @typedef {Record<(typeof TARGETS)[number] | 'redis', string>} TestImages names by target; redis is the stand-in server */

/**
 * @param {{tag: string, revision?: string}} options tag: of the caller's own, so that two checkouts do not take each other's
 * @returns {Promise<TestImages>}
 */
export async function buildTestImages({ tag, revision = 'test' }) {
  const base = await ensureBaseImages();
  const images = { ...namesOf(tag), redis: base.server };
  for (const target of TARGETS) {
    await podman(
      'build',
      '--format=docker',
      '--layers',
      '--network=host',
      `--target=${target}`,
      `--build-arg=NODE_IMAGE=${base.node}`,
      `--build-arg=REVISION=${revision}`,
      `--tag=${images[target]}`,
      `--file=${join(repositoryRoot, 'docker', 'Dockerfile')}`,
      repositoryRoot,
    );
  }
  return images;
}

/**
 * Takes the names away and leaves the layers, which make the next build quick.
 * @param {string} tag
 */
export async function releaseTestImages(tag) {
  for (const name of Object.values(namesOf(tag))) await podman('untag', name);
  const all = await podman('images', '--all', '--quiet');
  if (all.split('\n').length > IMAGES_KEPT_MAX) await podman('image', 'prune', '--force');
}

/** @param {string} tag */
const namesOf = (tag) => ({
  coordinator: `localhost/seedbed-coordinator:${tag}`,
  trainer: `localhost/seedbed-trainer:${tag}`,
  cli: `localhost/seedbed-cli:${tag}`,
});
