// The overlay that the test applies: `local`, with what is only true of the test's cluster.
import { chownSync, cpSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { repositoryRoot } from '../../tools/bootstrap/repository.mjs';
import { command } from '../cluster/command.mjs';
import { generateSecrets } from '../generate-secrets.mjs';
import { SERVERS_ELSEWHERE } from '../manifests/render.mjs';

/** Added to the overlay `local`, so that every component is on the cluster once. */
const COMPONENTS = ['backup', 'monitoring'];
/** What the rolling update brings: trainers that read the coordinator's volume. */
const UPDATE_COMPONENTS = [...COMPONENTS, 'shared-data'];
const SEEDBED_USER = 10001;
const REDIS_USER = 10002;

/** Narrow packs, so that there are enough of them to be interrupted in the middle. */
const TEST_PACK_RUNS = '10';

/**
 * @typedef {object} TestOverlay
 * @property {string} manifests to apply
 * @property {string} update the same with trainers that read the coordinator's volume
 * @property {string} production only to be checked
 * @property {string} base likewise, where nothing is installed but Kubernetes
 * @property {string} secrets folder of the generated ones
 */

/**
 * @param {string} directory a new folder
 * @param {{kubectl: string, images: import('../../docker/testing/test-images.mjs').TestImages}} ingredients
 * @returns {Promise<TestOverlay>}
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
  const rendered = (/** @type {string} */ name, /** @type {readonly string[]} */ components) => {
    const overlay = join(directory, 'overlays', name);
    mkdirSync(overlay);
    const file = join(overlay, 'kustomization.yaml');
    writeFileSync(file, JSON.stringify(kustomization(images, components)));
    return command([kubectl, 'kustomize', overlay]);
  };
  return {
    manifests: await rendered('cluster-test', COMPONENTS),
    update: await rendered('cluster-test-update', UPDATE_COMPONENTS),
    production: await command([kubectl, 'kustomize', production]),
    base: await command([kubectl, 'kustomize', join(directory, 'base')]),
    secrets: join(local, 'secrets'),
  };
}

/**
 * @param {import('../../docker/testing/test-images.mjs').TestImages} images
 * @param {readonly string[]} components
 */
function kustomization(images, components) {
  const environment = { name: 'SEEDBED_PACK_RUNS_MAX', value: TEST_PACK_RUNS };
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'seedbed',
    resources: ['../local'],
    components: components.map((name) => `../../components/${name}`),
    images: [
      replacement('localhost/seedbed-coordinator', images.coordinator),
      replacement('localhost/seedbed-trainer', images.trainer),
      replacement('seedbed-cli', images.cli),
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
  const backups = join(directory, 'backups');
  mkdirSync(join(data, 'cifar10'), { recursive: true });
  mkdirSync(redis);
  mkdirSync(backups, { mode: 0o700 });
  const source = join(cacheDirectory(), 'cifar10');
  for (const file of readdirSync(source)) linkOrCopy(join(source, file), join(data, 'cifar10', file));
  chownSync(data, SEEDBED_USER, SEEDBED_USER);
  chownSync(redis, REDIS_USER, REDIS_USER);
  chownSync(backups, SEEDBED_USER, SEEDBED_USER);
  const claims = [
    { name: 'data', path: data, claim: 'seedbed-data' },
    { name: 'redis', path: redis, claim: 'data-seedbed-redis-0' },
    { name: 'backups', path: backups, claim: 'seedbed-backups' },
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
