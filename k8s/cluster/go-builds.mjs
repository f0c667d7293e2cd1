// The programs of a cluster, compiled from the Go proxy's modules: no package of them exists for an ordinary machine. Takes
// about 16 minutes of processor time once, then they are kept in the cache.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../tools/bootstrap/cache-directory.mjs';
import { ensureEntry, findEntry } from '../../tools/bootstrap/cache-entry.mjs';
import { command } from './command.mjs';
import { CLUSTER_ENTRY, COREDNS_VERSION, KEDA_VERSION, KUBERNETES_VERSION } from './versions.mjs';

const KUBERNETES_PROGRAMS = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
];
const KEDA_MODULE = 'github.com/kedacore/keda/v2';
/** What these versions of the modules ask for. */
export const GO_VERSION_MIN = '1.26';
/** One compile on one slow core beside other work. */
const COMPILE_TIMEOUT_MS = 60 * 60_000;

/**
 * @typedef {object} ClusterPrograms
 * @property {string} programs folder of the executables
 * @property {string} kedaManifests KEDA's own kustomize folders
 */

/** @param {string} directory @returns {ClusterPrograms} */
const programsIn = (directory) => ({
  programs: join(directory, 'bin'),
  kedaManifests: join(directory, 'keda'),
});

/**
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<ClusterPrograms | null>} null when they have not been built on this machine
 */
export async function findClusterPrograms(reporter) {
  const entry = await findEntry(entryRequest(reporter));
  return entry === undefined ? null : programsIn(entry.directory);
}

/**
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 * @returns {Promise<ClusterPrograms>}
 */
export async function ensureClusterPrograms(reporter) {
  const entry = await ensureEntry(entryRequest(reporter), async (directory) => {
    reporter.line(
      'cluster',
      'compiling Kubernetes, KEDA and CoreDNS: about 16 minutes of processor time, once',
    );
    await buildAll(directory, reporter);
    return { kubernetes: KUBERNETES_VERSION, keda: KEDA_VERSION, coredns: COREDNS_VERSION };
  });
  return programsIn(entry.directory);
}

/** @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter */
function entryRequest(reporter) {
  return { cacheDirectory: cacheDirectory(), name: CLUSTER_ENTRY, part: 'cluster', reporter };
}

/**
 * @param {string} directory
 * @param {import('../../tools/bootstrap/reporter.mjs').Reporter} reporter
 */
async function buildAll(directory, reporter) {
  const source = join(directory, 'source');
  const output = join(directory, 'bin');
  mkdirSync(source);
  mkdirSync(output);
  const kubernetes = await moduleDirectory(source, `k8s.io/kubernetes@v${KUBERNETES_VERSION}`);
  const keda = await moduleDirectory(source, `${KEDA_MODULE}@v${KEDA_VERSION}`);
  const builds = [
    ...KUBERNETES_PROGRAMS.map((name) => ({
      name,
      module: kubernetesModule(kubernetes),
      packagePath: `k8s.io/kubernetes/cmd/${name}`,
      linkerFlags: kubernetesVersionFlags(),
    })),
    ...['operator', 'adapter'].map((name) => ({
      name: `keda-${name}`,
      module: kedaModule(keda),
      packagePath: `${KEDA_MODULE}/cmd/${name}`,
      linkerFlags: '',
    })),
    { name: 'coredns', module: corednsModule(), packagePath: 'github.com/coredns/coredns', linkerFlags: '' },
    {
      name: 'pause',
      module: { mod: `module seedbed.local/pause\n\ngo ${GO_VERSION_MIN}\n`, sum: '' },
      packagePath: join(import.meta.dirname, 'pause.go'),
      linkerFlags: '',
    },
  ];
  for (const build of builds) {
    reporter.update('cluster', `compiling ${build.name}`);
    const startedAt = performance.now();
    await compile(build, join(source, build.name), join(output, build.name));
    reporter.line(
      'cluster',
      `compiled ${build.name} in ${Math.round((performance.now() - startedAt) / 1000)} s`,
    );
  }
  // Files of the module cache cannot be written; the copies must be.
  cpSync(join(keda, 'config'), join(directory, 'keda'), { recursive: true });
  await command(['chmod', '-R', 'u+w', join(directory, 'keda')]);
  rmSync(source, { recursive: true });
}

/**
 * @param {{module: {mod: string, sum: string}, packagePath: string, linkerFlags: string}} build
 * @param {string} directory
 * @param {string} output
 */
async function compile({ module, packagePath, linkerFlags }, directory, output) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'go.mod'), module.mod);
  writeFileSync(join(directory, 'go.sum'), module.sum);
  await command(
    ['go', 'build', '-mod=mod', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`, '-o', output, packagePath],
    { cwd: directory, env: { ...process.env, CGO_ENABLED: '0' }, timeoutMs: COMPILE_TIMEOUT_MS },
  );
}

/**
 * @param {string} cwd
 * @param {string} module with its version
 * @returns {Promise<string>} where its sources are
 */
export async function moduleDirectory(cwd, module) {
  const text = await command(['go', 'mod', 'download', '-json', module], {
    cwd,
    timeoutMs: COMPILE_TIMEOUT_MS,
  });
  return JSON.parse(text).Dir;
}

/**
 * Kubernetes builds only within its repository, where its parts are folders (`=> ./staging/…`). The same parts are published
 * as modules of their own; a module of ours takes over its requirements and names those instead.
 * @param {string} sources
 */
function kubernetesModule(sources) {
  const parts = `v0.${KUBERNETES_VERSION.split('.').slice(1).join('.')}`;
  const mod = readFileSync(join(sources, 'go.mod'), 'utf8')
    .replace('module k8s.io/kubernetes', 'module seedbed.local/kubernetes')
    .replace(/^(\s*)(k8s\.io\/\S+) => \.\/staging.*$/gm, `$1$2 => $2 ${parts}`)
    .replace(/^(\s*k8s\.io\/\S+) v0\.0\.0(\s*(?:\/\/.*)?)$/gm, `$1 ${parts}$2`);
  return { mod: `${mod}\nrequire k8s.io/kubernetes v${KUBERNETES_VERSION}\n`, sum: '' };
}

/** What `kubectl version` shows, and what clients decide by. */
function kubernetesVersionFlags() {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const variables = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor };
  return Object.entries(variables)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/**
 * A module of ours with KEDA's own requirements and replacements, so that the versions are those it was tested with.
 * @param {string} sources
 */
function kedaModule(sources) {
  const mod = readFileSync(join(sources, 'go.mod'), 'utf8').replace(
    `module ${KEDA_MODULE}`,
    'module seedbed.local/keda',
  );
  return {
    mod: `${mod}\nrequire ${KEDA_MODULE} v${KEDA_VERSION}\n`,
    sum: readFileSync(join(sources, 'go.sum'), 'utf8'),
  };
}

function corednsModule() {
  const mod = `module seedbed.local/coredns\n\ngo ${GO_VERSION_MIN}\n\nrequire github.com/coredns/coredns v${COREDNS_VERSION}\n`;
  return { mod, sum: '' };
}
