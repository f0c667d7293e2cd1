// What the NetworkPolicies of a cluster allow, as rules for nftables. Kubernetes leaves it to a cluster's network to hold pods to
// them, and the plain one of the test's node does not. Semantics: the API reference of networking.k8s.io/v1; IPv4 only, and
// neither `endPort` nor `except`, which nothing here uses.

/**
 * @typedef {object} Pod
 * @property {string} namespace
 * @property {Record<string, string>} labels
 * @property {string} address
 * @property {Record<string, number>} ports by name
 *
 * @typedef {{pods: Pod[], namespaces: Map<string, Record<string, string>>, policies: any[]}} Facts
 * @typedef {'Ingress' | 'Egress'} Direction
 */

/** Text that replaces the table; the kernel takes all of it or nothing. */
export const TABLE = 'inet seedbed-test-policies';

/**
 * @param {Facts} facts
 * @returns {string} for `nft --file -`
 */
export function rulesOf(facts) {
  const egress = chainOf(facts, 'Egress');
  const ingress = chainOf(facts, 'Ingress');
  return `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain egress {
${egress}
  }
  chain ingress {
${ingress}
  }
  chain between-pods {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    jump egress
    jump ingress
  }
  chain to-node {
    type filter hook input priority filter; policy accept;
    ct state established,related accept
    jump egress
  }
}
`;
}

/**
 * Of an isolated pod everything is dropped that no rule returns.
 * @param {Facts} facts
 * @param {Direction} direction
 */
function chainOf(facts, direction) {
  const own = direction === 'Egress' ? 'saddr' : 'daddr';
  const policies = facts.policies.filter(({ spec }) => typesOf(spec).includes(direction));
  const allowed = policies.flatMap((policy) => {
    const selected = selectedBy(policy, facts.pods);
    const rules = (direction === 'Egress' ? policy.spec.egress : policy.spec.ingress) ?? [];
    return rules.flatMap((/** @type {any} */ rule) =>
      allowances(rule, { policy, selected, facts, direction }),
    );
  });
  const isolated = policies.flatMap((policy) => selectedBy(policy, facts.pods)).map(({ address }) => address);
  const drop = isolated.length === 0 ? [] : [`ip ${own} ${setOf(isolated)} drop`];
  return [...allowed, ...drop].map((rule) => `    ${rule}`).join('\n');
}

/**
 * @param {any} rule
 * @param {{policy: any, selected: Pod[], facts: Facts, direction: Direction}} context
 * @returns {string[]}
 */
function allowances(rule, { policy, selected, facts, direction }) {
  const peers = direction === 'Egress' ? rule.to : rule.from;
  return selected.flatMap((pod) =>
    peers.flatMap((/** @type {any} */ peer) => {
      const others = peerPods(peer, policy.metadata.namespace, facts);
      const addresses =
        peer.ipBlock === undefined ? others.map(({ address }) => address) : [peer.ipBlock.cidr];
      if (addresses.length === 0) return [];
      // A port's name is looked up at whoever listens on it.
      const listeners = direction === 'Egress' ? others : [pod];
      return rule.ports.flatMap((/** @type {any} */ { protocol = 'TCP', port }) =>
        portNumbers(port, listeners).map((number) => {
          const [source, destination] =
            direction === 'Egress'
              ? [setOf([pod.address]), setOf(addresses)]
              : [setOf(addresses), setOf([pod.address])];
          return `ip saddr ${source} ip daddr ${destination} ${protocol.toLowerCase()} dport ${number} return`;
        }),
      );
    }),
  );
}

/** @param {any} spec @returns {Direction[]} */
function typesOf(spec) {
  return spec.policyTypes ?? ['Ingress', ...(spec.egress === undefined ? [] : ['Egress'])];
}

/** @param {any} policy @param {Pod[]} pods */
function selectedBy({ metadata, spec }, pods) {
  return pods.filter((pod) => pod.namespace === metadata.namespace && matches(spec.podSelector, pod.labels));
}

/** @param {any} peer @param {string} ownNamespace @param {Facts} facts */
function peerPods({ namespaceSelector, podSelector }, ownNamespace, { pods, namespaces }) {
  if (namespaceSelector === undefined && podSelector === undefined) return [];
  return pods.filter((pod) => {
    const inNamespace =
      namespaceSelector === undefined
        ? pod.namespace === ownNamespace
        : matches(namespaceSelector, namespaces.get(pod.namespace) ?? {});
    return inNamespace && matches(podSelector ?? {}, pod.labels);
  });
}

/** @param {any} selector @param {Record<string, string>} labels */
function matches({ matchLabels = {}, matchExpressions = [] }, labels) {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((/** @type {any} */ { key, operator, values }) => {
      if (operator !== 'In') throw new TypeError(`the operator ${operator} of a selector is not known here`);
      return values.includes(labels[key]);
    })
  );
}

/** @param {number | string} port @param {Pod[]} listeners */
function portNumbers(port, listeners) {
  if (typeof port === 'number') return [port];
  return [...new Set(listeners.map(({ ports }) => ports[port]).filter((number) => number !== undefined))];
}

/** @param {string[]} addresses */
const setOf = (addresses) => `{ ${[...new Set(addresses)].join(', ')} }`;
