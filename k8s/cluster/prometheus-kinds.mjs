// The kinds of Prometheus' operator, as its module defines them: so that a real API server checks what is made of them. The operator
// itself does not run in the test's cluster.
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { ensureEntry, findEntry } from '../../tools/bootstrap/cache-entry.mjs';
import { command } from './command.mjs';
import { moduleDirectory } from './go-builds.mjs';
import { PROMETHEUS_KINDS_ENTRY, PROMETHEUS_OPERATOR_VERSION } from './versions.mjs';

const MODULE = 'github.com/prometheus-operator/prometheus-operator';
const FOLDER = 'example/prometheus-operator-crd';
const KINDS = ['podmonitors', 'prometheusrules'];
const fileOf = (/** @type {string} */ kind) => `monitoring.coreos.com_${kind}.yaml`;
const ESTABLISHED_TIMEOUT = '--timeout=60s';

/** @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter */
const entryRequest = (reporter) => ({
  cacheDirectory: cacheDirectory(),
  name: PROMETHEUS_KINDS_ENTRY,
  part: 'cluster',
  reporter,
});

/**
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<boolean>} whether they are on this machine
 */
export async function arePrometheusKindsHere(reporter) {
  return (await findEntry(entryRequest(reporter))) !== undefined;
}

/**
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<string>} the folder of their definitions
 */
export async function ensurePrometheusKinds(reporter) {
  const { directory } = await ensureEntry(entryRequest(reporter), async (folder) => {
    const source = await moduleDirectory(folder, `${MODULE}@v${PROMETHEUS_OPERATOR_VERSION}`);
    for (const kind of KINDS) cpSync(join(source, FOLDER, fileOf(kind)), join(folder, fileOf(kind)));
    // Files of the module cache cannot be written; the copies must be.
    await command(['chmod', '-R', 'u+w', folder]);
    for (const left of ['go.mod', 'go.sum']) rmSync(join(folder, left), { force: true });
    return { version: PROMETHEUS_OPERATOR_VERSION };
  });
  return directory;
}

/**
 * @param {import('./cluster.mjs').Cluster} cluster
 * @param {string} directory
 */
export async function installPrometheusKinds(cluster, directory) {
  for (const kind of KINDS) {
    await cluster.apply(readFileSync(join(directory, fileOf(kind)), 'utf8'));
    const name = `customresourcedefinition/${kind}.monitoring.coreos.com`;
    await cluster.kubectl('wait', '--for=condition=Established', ESTABLISHED_TIMEOUT, name);
  }
}
