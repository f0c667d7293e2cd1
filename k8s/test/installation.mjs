// Seedbed as it runs in the test's cluster: what it is asked, and what is done to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, tryCommand } from '../cluster/command.mjs';
import { until } from '../cluster/until.mjs';
import { SEEDBED } from './local-answer.mjs';

export const NAMESPACE = 'seedbed';
export const TRAINER = 'seedbed-trainer';
export const COORDINATOR = 'seedbed-coordinator';
export const REDIS_POD = 'seedbed-redis-0';

export class Installation {
  /**
   * @param {import('../cluster/cluster.mjs').Cluster} cluster
   * @param {import('../cluster/policy-enforcer.mjs').PolicyEnforcer} enforcer
   * @param {string} secrets
   */
  constructor(cluster, enforcer, secrets) {
    this.cluster = cluster;
    this.enforcer = enforcer;
    this.secrets = secrets;
    this.address = '';
  }

  /** Resolves when every pod that has an address is held to the policies. */
  policiesApplied() {
    return this.enforcer.update();
  }

  async findService() {
    const { spec } = await this.cluster.get('--namespace', NAMESPACE, 'service', COORDINATOR);
    this.address = `http://${spec.clusterIP}:${spec.ports[0].port}`;
    return this.address;
  }

  /** @param {string} file @param {string} key @returns {string} of the generated secrets */
  secret(file, key) {
    const line = readFileSync(join(this.secrets, file), 'utf8')
      .split('\n')
      .find((candidate) => candidate.startsWith(`${key}=`));
    if (line === undefined) throw new Error(`${file} has no ${key}`);
    return line.slice(key.length + 1);
  }

  /**
   * @param {readonly string[]} words of a `seedbed` command, which runs on this machine and calls the Service
   * @param {string} [token]
   */
  trySeedbed(words, token = this.secret('coordinator.env', 'SEEDBED_TOKEN')) {
    const env = { ...process.env, SEEDBED_URL: this.address, SEEDBED_TOKEN: token };
    return tryCommand(this.cluster.machine.onItsNetwork([...SEEDBED, ...words]), { env });
  }

  /** @param {...string} words @returns {Promise<any>} what it prints as JSON */
  async seedbed(...words) {
    const { exitCode, stdout, stderr } = await this.trySeedbed([...words, '--json']);
    if (exitCode !== 0)
      throw new Error(`seedbed ${words.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  /** @param {string} path @returns {Promise<string>} the body, byte for byte */
  read(path) {
    const header = `Authorization: Bearer ${this.secret('coordinator.env', 'SEEDBED_TOKEN')}`;
    const curl = [
      'curl',
      '--silent',
      '--show-error',
      '--fail-with-body',
      '--max-time',
      '20',
      '--header',
      '@-',
    ];
    return command(this.cluster.machine.onItsNetwork([...curl, `${this.address}${path}`]), { input: header });
  }

  /** @param {string} component @returns {Promise<any[]>} its pods */
  async pods(component) {
    const selector = `--selector=app.kubernetes.io/component=${component}`;
    return (await this.cluster.get('--namespace', NAMESPACE, 'pods', selector)).items;
  }

  /** @returns {Promise<{wanted: number, ready: number, updated: number}>} trainers */
  async trainerReplicas() {
    const { spec, status } = await this.cluster.get('--namespace', NAMESPACE, 'deployment', TRAINER);
    return { wanted: spec.replicas, ready: status.readyReplicas ?? 0, updated: status.updatedReplicas ?? 0 };
  }

  /** @param {number} count what KEDA may have at most */
  async allowTrainers(count) {
    const patch = JSON.stringify({ spec: { maxReplicaCount: count } });
    const words = ['patch', 'scaledobject', TRAINER, '--type=merge', `--patch=${patch}`];
    await this.cluster.kubectl('--namespace', NAMESPACE, ...words);
  }

  /** @returns {Promise<any[]>} trainers that train now, as the coordinator sees them; none while it is away */
  async training() {
    const { exitCode, stdout } = await this.trySeedbed(['trainers', '--json']);
    if (exitCode !== 0) return [];
    return JSON.parse(stdout).trainers.filter((/** @type {any} */ trainer) => trainer.state === 'training');
  }

  /**
   * @template T
   * @param {string} what
   * @param {number} timeoutMs
   * @param {() => Promise<T>} ask something falsy for "not yet"
   * @returns {Promise<T>}
   */
  until(what, timeoutMs, ask) {
    const answer = async () => (await ask()) || null;
    return until(what, answer, { timeoutMs, onLate: () => this.describe() });
  }

  /** @returns {Promise<string>} what explains a failure: pods, the last events, the coordinator's log */
  async describe() {
    const inNamespace = ['--namespace', NAMESPACE];
    const parts = [
      ['get', 'pods,deployments,hpa,scaledobjects', '--output=wide'],
      ['get', 'events', '--sort-by=.lastTimestamp'],
      ['logs', `deployment/${COORDINATOR}`, '--tail=10'],
      ['logs', `deployment/${TRAINER}`, '--tail=10'],
    ].map(async (words) => {
      const { stdout, stderr } = await this.cluster.tryKubectl(...inNamespace, ...words);
      return `${stdout}${stderr}`.split('\n').slice(-25).join('\n');
    });
    return `\n${(await Promise.all(parts)).join('\n')}`;
  }

  /** @param {string} pod sends SIGKILL to all of its processes, as an exhausted node would */
  async killPod(pod) {
    const { status } = await this.cluster.get('--namespace', NAMESPACE, 'pod', pod);
    const container = status.containerStatuses[0].containerID.replace('containerd://', '');
    await command([...this.cluster.ctr, 'tasks', 'kill', '--all', '--signal', 'SIGKILL', container]);
  }

  /**
   * Asks for the end of a pod as a drained node does.
   * @param {string} pod
   * @returns {Promise<'evicted' | 'refused'>}
   */
  async evict(pod) {
    const eviction = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: pod, namespace: NAMESPACE },
    };
    const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/eviction`;
    const words = [...this.cluster.kubectlWords, 'create', '--raw', path, '--filename', '-'];
    const { exitCode, stderr } = await tryCommand(words, { input: JSON.stringify(eviction) });
    if (exitCode === 0) return 'evicted';
    if (/disruption budget/.test(stderr)) return 'refused';
    throw new Error(`${pod} was not evicted for another reason: ${stderr}`);
  }
}
