// An overlay as the objects that would be applied.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { command } from '../cluster/command.mjs';
import { generateSecrets } from '../generate-secrets.mjs';

/** Servers that an overlay without one of its own is given. */
export const SERVERS_ELSEWHERE = {
  coordinator:
    'rediss+sentinel://coordinator:secret@a.example:26379,b.example:26379/seedbed?sentinel-password=secret',
  trainer:
    'rediss+sentinel://trainer:secret@a.example:26379,b.example:26379/seedbed?sentinel-password=secret',
};

/** @typedef {{apiVersion: string, kind: string, metadata: Record<string, any>, [field: string]: any}} KubernetesObject */

/**
 * Renders a copy, so that nobody's secrets are read or replaced.
 * @param {string} kubectl
 * @param {string} root the folder k8s/
 * @param {string} overlay its name
 * @param {{hasServer: boolean, components?: readonly string[]}} options whether the overlay has a Redis of its own, and
 *   components that are added to it
 * @returns {Promise<KubernetesObject[]>}
 */
export async function renderOverlay(kubectl, root, overlay, { hasServer, components = [] }) {
  const copy = mkdtempSync(join(tmpdir(), 'seedbed-manifests-'));
  try {
    for (const name of ['base', 'components', 'overlays'])
      cpSync(join(root, name), join(copy, name), {
        recursive: true,
        filter: (source) => basename(source) !== 'secrets',
      });
    const directory = join(copy, 'overlays', overlay);
    generateSecrets(directory, hasServer ? {} : { urls: SERVERS_ELSEWHERE });
    return await objectsOf(kubectl, withComponents(directory, components));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/**
 * @param {string} kubectl
 * @param {string} directory with a kustomization
 * @returns {Promise<KubernetesObject[]>}
 */
export async function objectsOf(kubectl, directory) {
  const text = await command([kubectl, 'kustomize', directory]);
  return parseAllDocuments(text).map((document) => document.toJS());
}

/**
 * @param {string} overlay
 * @param {readonly string[]} components
 * @returns {string} the overlay, or one on top of it
 */
function withComponents(overlay, components) {
  if (components.length === 0) return overlay;
  const directory = `${overlay}-with-components`;
  mkdirSync(directory);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'seedbed',
    resources: [`../${basename(overlay)}`],
    components: components.map((name) => `../../components/${name}`),
  };
  writeFileSync(join(directory, 'kustomization.yaml'), JSON.stringify(kustomization));
  return directory;
}
