// Pods that are no part of Seedbed: what they can reach of it, and read there.
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

/** Reads each address and prints the texts. */
const READER = `
const read = (url) => fetch(url, { signal: AbortSignal.timeout(${CONNECT_TIMEOUT_MS}) }).then((answer) => answer.text());
Promise.all(process.argv.slice(1).map(read)).then((texts) => console.log(JSON.stringify(texts)));
`;

/** @typedef {{name: string, labels: Record<string, string>, namespace?: string}} ForeignPod */

/**
 * @param {ForeignPod} pod
 * @param {string} image
 */
const podManifest = ({ name, labels, namespace = NAMESPACE }, image) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels },
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
 * @param {ForeignPod} pod
 * @param {readonly string[]} addresses host:port
 * @returns {Promise<boolean[]>} which it could connect to
 */
export function reachedBy(installation, pod, addresses) {
  return runIn(installation, pod, PROBE, addresses);
}

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {ForeignPod} pod
 * @param {readonly string[]} urls
 * @returns {Promise<string[]>} what it read there
 */
export function readBy(installation, pod, urls) {
  return runIn(installation, pod, READER, urls);
}

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {ForeignPod} pod is there for this one program
 * @param {string} program for Node; prints JSON
 * @param {readonly string[]} words
 * @returns {Promise<any>} what it printed
 */
async function runIn(installation, pod, program, words) {
  const { name, namespace = NAMESPACE } = pod;
  const { cluster } = installation;
  const [coordinator] = await installation.pods('coordinator');
  const { image } = coordinator.spec.containers[0];
  await cluster.apply(JSON.stringify(podManifest(pod, image)));
  const inNamespace = ['--namespace', namespace];
  try {
    await installation.until(`${name} runs`, START_TIMEOUT_MS, async () => {
      const { status } = await cluster.get(...inNamespace, 'pod', name);
      return status.phase === 'Running';
    });
    await installation.policiesApplied();
    const said = await cluster.kubectl(...inNamespace, 'exec', name, '--', 'node', '-e', program, ...words);
    return JSON.parse(said);
  } finally {
    await cluster.kubectl(...inNamespace, 'delete', 'pod', name, '--wait=false');
  }
}
