// Pods that are no part of Seedbed: what they can reach of it.
import { NAMESPACE } from './installation.mjs';

/** A refused connection is dropped without a word. */
const CONNECT_TIMEOUT_MS = 3_000;
const START_TIMEOUT_MS = 60_000;

/** Tries each address and prints which could be connected to. */
const PROBE = `
const { connect } = require('node:net');
const tried = process.argv.slice(1).map((address) => new Promise((resolve) => {
  const [host, port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  const done = (reached) => { socket.destroy(); resolve(reached); };
  socket.on('connect', () => done(true)).on('error', () => done(false));
  setTimeout(() => done(false), ${CONNECT_TIMEOUT_MS});
}));
Promise.all(tried).then((reached) => console.log(JSON.stringify(reached)));
`;

/**
 * @param {string} name
 * @param {Record<string, string>} labels
 * @param {string} image
 */
const podManifest = (name, labels, image) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: NAMESPACE, labels },
  spec: {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 20001, seccompProfile: { type: 'RuntimeDefault' } },
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name,
        image,
        command: ['sleep', '3600'],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {{name: string, labels: Record<string, string>}} pod
 * @param {readonly string[]} addresses host:port
 * @returns {Promise<boolean[]>} which it could connect to
 */
export async function reachedBy(installation, { name, labels }, addresses) {
  const { cluster } = installation;
  const [coordinator] = await installation.pods('coordinator');
  const { image } = coordinator.spec.containers[0];
  await cluster.apply(JSON.stringify(podManifest(name, labels, image)));
  const inNamespace = ['--namespace', NAMESPACE];
  try {
    await installation.until(`${name} runs`, START_TIMEOUT_MS, async () => {
      const pod = await cluster.get(...inNamespace, 'pod', name);
      return pod.status.phase === 'Running';
    });
    await installation.policiesApplied();
    const said = await cluster.kubectl(...inNamespace, 'exec', name, '--', 'node', '-e', PROBE, ...addresses);
    return JSON.parse(said);
  } finally {
    await cluster.kubectl(...inNamespace, 'delete', 'pod', name, '--wait=false');
  }
}
