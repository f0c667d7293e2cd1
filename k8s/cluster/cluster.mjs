// A real Kubernetes of one node, from nothing to Ready and back to nothing.
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';
import { command, tryCommand } from './command.mjs';
import { NODE_NAME, startControlPlane } from './control-plane.mjs';
import { endMachine, Machine } from './machine.mjs';
import { startNode } from './node.mjs';
import { until } from './until.mjs';

const NODE_READY_TIMEOUT_MS = 120_000;
const CONTROL_GROUPS = '/sys/fs/cgroup';
/** The kubelet's own folder among the machine's control groups. */
const POD_GROUPS = 'kubepods';

/** @typedef {{programs: string, kubectl: string, imageArchives: readonly string[]}} ClusterIngredients */

export class Cluster {
  /**
   * @param {Machine} machine
   * @param {string} directory
   * @param {string} kubectl
   * @param {readonly string[]} ctr
   */
  constructor(machine, directory, kubectl, ctr) {
    this.machine = machine;
    this.directory = directory;
    this.ctr = ctr;
    this.kubectlWords = machine.onItsNetwork([
      kubectl,
      `--kubeconfig=${join(directory, 'certificates', 'admin.conf')}`,
    ]);
  }

  /**
   * @param {string} directory a new folder for all of its state
   * @param {ClusterIngredients} ingredients
   */
  static async start(directory, { programs, kubectl, imageArchives }) {
    mkdirSync(directory, { mode: 0o700 });
    const certificates = join(directory, 'certificates');
    await makeCertificates(certificates);
    const machine = await Machine.start(directory);
    const parts = { machine, directory, programs, certificates };
    await startControlPlane(parts);
    const ctr = await startNode(parts, imageArchives);
    const cluster = new Cluster(machine, directory, kubectl, ctr);
    await cluster.#ready();
    return cluster;
  }

  async #ready() {
    const isReady = async () => {
      const { exitCode } = await this.tryKubectl(
        'wait',
        '--for=condition=Ready',
        `node/${NODE_NAME}`,
        '--timeout=1s',
      );
      return exitCode === 0 ? true : null;
    };
    await until('the node is Ready', isReady, {
      timeoutMs: NODE_READY_TIMEOUT_MS,
      onLate: async () => this.machine.lastLines('kubelet'),
    });
  }

  /** @param {...string} words @returns {Promise<string>} */
  kubectl(...words) {
    return command([...this.kubectlWords, ...words]);
  }

  /** @param {...string} words */
  tryKubectl(...words) {
    return tryCommand([...this.kubectlWords, ...words]);
  }

  /** @param {string} manifests @param {...string} flags */
  apply(manifests, ...flags) {
    return command(
      [...this.kubectlWords, 'apply', '--server-side', '--force-conflicts', ...flags, '-f', '-'],
      {
        input: manifests,
      },
    );
  }

  /** @param {...string} words @returns {Promise<any>} what `kubectl get … -o json` says */
  async get(...words) {
    return JSON.parse(await this.kubectl('get', ...words, '--output=json'));
  }

  /**
   * Ends a cluster, whoever started it, and removes all of it. Does nothing when there is none.
   * @param {string} directory
   */
  static async end(directory) {
    const ended = await endMachine(directory);
    // Without a machine of ours they are somebody else's.
    if (ended) removePodGroups();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The kernel keeps a group's folder until somebody removes it; they are empty now. */
function removePodGroups() {
  if (!existsSync(CONTROL_GROUPS)) return;
  const roots = ['.', ...readdirSync(CONTROL_GROUPS)].map((name) => join(CONTROL_GROUPS, name, POD_GROUPS));
  for (const root of roots.filter((path) => existsSync(path))) removeGroups(root);
}

/** @param {string} folder */
function removeGroups(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroups(join(folder, entry.name));
  rmdirSync(folder);
}
