// Holds the pods of the test's cluster to its NetworkPolicies; see policy-rules.mjs.
import { command } from './command.mjs';
import { rulesOf } from './policy-rules.mjs';

/** A pod is known by its address this much later at most; until then nothing is forbidden to it. */
const INTERVAL_MS = 500;

export class PolicyEnforcer {
  #applied = '';
  #stopped = false;
  /** @type {Promise<void>} */
  #loop = Promise.resolve();

  /** @param {import('./cluster.mjs').Cluster} cluster */
  constructor(cluster) {
    this.cluster = cluster;
  }

  /** @param {import('./cluster.mjs').Cluster} cluster */
  static async start(cluster) {
    const enforcer = new PolicyEnforcer(cluster);
    await enforcer.update();
    enforcer.#loop = enforcer.#run();
    return enforcer;
  }

  /** Brings the rules up to what the cluster is now. */
  async update() {
    const rules = rulesOf(await readFacts(this.cluster));
    if (rules === this.#applied) return;
    await command(this.cluster.machine.onItsNetwork(['nft', '--file', '-']), { input: rules });
    this.#applied = rules;
  }

  async #run() {
    while (!this.#stopped) {
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      // The API server may be busy for a moment; the rules that are there stay.
      await this.update().catch(() => undefined);
    }
  }

  /** The last rules stay. */
  async stop() {
    this.#stopped = true;
    await this.#loop;
  }
}

/**
 * @param {import('./cluster.mjs').Cluster} cluster
 * @returns {Promise<import('./policy-rules.mjs').Facts>}
 */
async function readFacts(cluster) {
  const [pods, namespaces, policies] = await Promise.all([
    cluster.get('pods', '--all-namespaces'),
    cluster.get('namespaces'),
    cluster.get('networkpolicies', '--all-namespaces'),
  ]);
  return {
    pods: pods.items
      .filter((/** @type {any} */ { status }) => status.podIP !== undefined && !isOver(status.phase))
      .map((/** @type {any} */ pod) => ({
        namespace: pod.metadata.namespace,
        labels: pod.metadata.labels ?? {},
        address: pod.status.podIP,
        ports: portsOf(pod),
      })),
    namespaces: new Map(
      namespaces.items.map((/** @type {any} */ { metadata }) => [metadata.name, metadata.labels]),
    ),
    policies: policies.items,
  };
}

/** @param {string} phase */
const isOver = (phase) => phase === 'Succeeded' || phase === 'Failed';

/** @param {any} pod @returns {Record<string, number>} */
function portsOf(pod) {
  const ports = pod.spec.containers.flatMap((/** @type {any} */ container) => container.ports ?? []);
  return Object.fromEntries(
    ports
      .filter((/** @type {any} */ { name }) => name !== undefined)
      .map((/** @type {any} */ { name, containerPort }) => [name, containerPort]),
  );
}
