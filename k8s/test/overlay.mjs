// The overlay that the test applies: `local`, with what is only true of the test's cluster.
import { chownSync, cpSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { repositoryRoot } from '../../tools/bootstrap/repository.mjs';
import { command } from '../cluster/command.mjs';
import { generateSecrets } from '../generate-secrets.mjs';
import { SERVERS_ELSEWHERE } from '../manifests/render.mjs';

const SEEDBED_USER = 10001;
const REDIS_USER = 10002;

/** Narrow packs, so that there are enough of them to be interrupted in the middle. */
const TEST_PACK_RUNS = '10';

/**
 * @param {string} directory a new folder
 * @param {{kubectl: string, images: import('../../docker/testing/test-images.mjs').TestImages}} ingredients
 * @returns {Promise<{manifests: string, production: string, secrets: string}>} what to apply, what only is to be checked, and
 *   the folder of the generated secrets
 */
export async function renderTestOverlay(directory, { kubectl, images }) {
  cpSync(join(repositoryRoot, 'k8s'), directory, {
    recursive: true,
    filter: (source) => !source.endsWith('/secrets'),
  });
  const local = join(directory, 'overlays', 'local');
  generateSecrets(local);
  const production = join(directory, 'overlays', 'production');
  generateSecrets(production, { urls: SERVERS_ELSEWHERE });
  const overlay = join(directory, 'overlays', 'cluster-test');
  mkdirSync(overlay);
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization(images)));
  return {
    manifests: await command([kubectl, 'kustomize', overlay]),
    production: await command([kubectl, 'kustomize', production]),
    secrets: join(local, 'secrets'),
  };
}

/** @param {import('../../docker/testing/test-images.mjs').TestImages} images */
function kustomization(images) {
  const environment = { name: 'SEEDBED_PACK_RUNS_MAX', value: TEST_PACK_RUNS };
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['../local'],
    images: [
      replacement('localhost/seedbed-coordinator', images.coordinator),
      replacement('localhost/seedbed-trainer', images.trainer),
      replacement('docker.io/valkey/valkey', images.redis),
    ],
    patches: [
      // There is no way out of the test's cluster; makeVolumes has filled the data volume.
      {
        patch: JSON.stringify({
          $patch: 'delete',
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'seedbed-fetch-data' },
        }),
      },
      {
        target: { kind: 'Deployment', name: 'seedbed-trainer' },
        patch: JSON.stringify([
          { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: environment },
        ]),
      },
    ],
  };
}

/** @param {string} name in the overlay @param {string} image */
function replacement(name, image) {
  const [newName, newTag] = image.split(':');
  return { name, newName, newTag };
}

/**
 * Volumes for the claims: folders of the machine, since the cluster has nobody who makes volumes.
 * @param {string} directory
 * @param {string} namespace
 * @returns {string} manifests
 */
export function makeVolumes(directory, namespace) {
  const data = join(directory, 'data');
  const redis = join(directory, 'redis');
  mkdirSync(join(data, 'cifar10'), { recursive: true });
  mkdirSync(redis);
  const source = join(cacheDirectory(), 'cifar10');
  for (const file of readdirSync(source)) linkOrCopy(join(source, file), join(data, 'cifar10', file));
  chownSync(data, SEEDBED_USER, SEEDBED_USER);
  chownSync(redis, REDIS_USER, REDIS_USER);
  const claims = [
    { name: 'data', path: data, claim: 'seedbed-data' },
    { name: 'redis', path: redis, claim: 'data-seedbed-redis-0' },
  ];
  const items = claims.map(({ name, path, claim }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `test-${name}` },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: '',
      claimRef: { namespace, name: claim },
      hostPath: { path, type: 'Directory' },
    },
  }));
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

/** @param {string} source @param {string} destination */
function linkOrCopy(source, destination) {
  try {
    linkSync(source, destination);
  } catch {
    // Another disk.
    cpSync(source, destination);
  }
}
