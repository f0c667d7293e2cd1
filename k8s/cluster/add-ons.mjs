// What a cluster needs besides itself: names of Services, and KEDA from its own manifests.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { KEDA_ADAPTER_IMAGE, KEDA_OPERATOR_IMAGE } from './static-images.mjs';

/** KEDA's operator makes its own certificates first and starts its metrics server anew with them. */
const AVAILABLE_TIMEOUT = '--timeout=180s';

/** @param {import('./cluster.mjs').Cluster} cluster */
export async function installCoreDns(cluster) {
  await cluster.apply(readFileSync(join(import.meta.dirname, 'manifests', 'coredns.yaml'), 'utf8'));
}

/**
 * @param {import('./cluster.mjs').Cluster} cluster
 * @param {{kubectl: string, kedaManifests: string}} ingredients
 */
export async function installKeda(cluster, { kubectl, kedaManifests }) {
  const folder = join(cluster.directory, 'keda');
  cpSync(kedaManifests, folder, { recursive: true });
  mkdirSync(join(folder, 'test'));
  writeFileSync(join(folder, 'test', 'kustomization.yaml'), JSON.stringify(kedaKustomization()));
  await cluster.apply(await command([kubectl, 'kustomize', join(folder, 'test')]));
}

/** @param {import('./cluster.mjs').Cluster} cluster */
export async function addOnsAvailable(cluster) {
  for (const namespace of ['kube-system', 'keda'])
    await cluster.kubectl(
      ...['--namespace', namespace, 'wait', '--for=condition=Available', 'deployment', '--all'],
      AVAILABLE_TIMEOUT,
    );
  await cluster.kubectl(
    ...['wait', '--for=condition=Available', 'apiservice/v1beta1.external.metrics.k8s.io'],
    AVAILABLE_TIMEOUT,
  );
}

/** KEDA's own manifests with the images that were built here, and without the waits that suit slower starts. */
function kedaKustomization() {
  const container = '/spec/template/spec/containers/0';
  const changes = [
    { op: 'replace', path: `${container}/imagePullPolicy`, value: 'Never' },
    { op: 'replace', path: `${container}/resources/requests`, value: { cpu: '20m', memory: '50Mi' } },
    { op: 'replace', path: `${container}/readinessProbe/initialDelaySeconds`, value: 1 },
    { op: 'add', path: `${container}/readinessProbe/periodSeconds`, value: 1 },
  ];
  const image = (/** @type {string} */ name) => {
    const [newName, newTag] = name.split(':');
    return { newName, newTag };
  };
  return {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['crd', 'general', 'rbac', 'manager', 'metrics-server', 'service_account'].map(
      (name) => `../${name}`,
    ),
    images: [
      { name: 'ghcr.io/kedacore/keda', ...image(KEDA_OPERATOR_IMAGE) },
      { name: 'ghcr.io/kedacore/keda-metrics-apiserver', ...image(KEDA_ADAPTER_IMAGE) },
    ],
    patches: [{ target: { kind: 'Deployment' }, patch: JSON.stringify(changes) }],
  };
}
