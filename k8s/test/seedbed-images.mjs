// The images of docker/Dockerfile, built on this machine, as an archive for the cluster.
import { join } from 'node:path';
import { podman } from '../../docker/testing/podman.mjs';
import { buildTestImages, releaseTestImages } from '../../docker/testing/test-images.mjs';

const TAG = 'cluster-test';

/**
 * @param {string} directory where the archive goes
 * @returns {Promise<{archive: string, images: import('../../docker/testing/test-images.mjs').TestImages}>}
 */
export async function buildSeedbedImages(directory) {
  const images = await buildTestImages({ tag: TAG });
  const archive = join(directory, 'seedbed.tar');
  const save = ['save', '--quiet', '--multi-image-archive', '--output', archive];
  await podman(...save, images.coordinator, images.trainer, images.cli, images.redis);
  await releaseTestImages(TAG);
  return { archive, images };
}
