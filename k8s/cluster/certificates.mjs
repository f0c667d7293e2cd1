// Certificates and kubeconfig files of the cluster's parts, for a few days.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.mjs';
import { MACHINE_ADDRESS } from './machine.mjs';

const DAYS = '7';
/** First address of the Services' range: the API server's own Service. */
const KUBERNETES_SERVICE_ADDRESS = '10.96.0.1';
export const API_PORT = 6443;

const SERVER_NAMES = [
  'DNS:localhost',
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
  'IP:127.0.0.1',
  `IP:${KUBERNETES_SERVICE_ADDRESS}`,
  `IP:${MACHINE_ADDRESS}`,
].join(',');

/** Who the parts are to the API server: its authoriser goes by these names. */
const CLIENTS = {
  admin: '/O=system:masters/CN=admin',
  'controller-manager': '/CN=system:kube-controller-manager',
  scheduler: '/CN=system:kube-scheduler',
  proxy: '/CN=system:kube-proxy',
  kubelet: '/O=system:nodes/CN=system:node:node-0',
  'api-to-kubelet': '/O=system:masters/CN=api-to-kubelet',
  'front-proxy': '/CN=front-proxy',
};

/** @param {string} directory an empty or new folder */
export async function makeCertificates(directory) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const openssl = (/** @type {string[]} */ ...words) => command(['openssl', ...words], { cwd: directory });
  await openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', 'ca.key', '-out', 'ca.crt', '-days', DAYS, '-subj', '/CN=seedbed-test-cluster'],
  );
  await openssl('genrsa', '-out', 'service-accounts.key', '2048');
  await openssl('rsa', '-in', 'service-accounts.key', '-pubout', '-out', 'service-accounts.pub');
  await sign(openssl, directory, 'api-server', '/CN=kube-apiserver', `subjectAltName=${SERVER_NAMES}`);
  for (const [name, subject] of Object.entries(CLIENTS)) {
    await sign(openssl, directory, name, subject, 'extendedKeyUsage=clientAuth');
    writeKubeconfig(directory, name);
  }
}

/**
 * @param {(...words: string[]) => Promise<string>} openssl
 * @param {string} directory
 * @param {string} name
 * @param {string} subject
 * @param {string} extension
 */
async function sign(openssl, directory, name, subject, extension) {
  writeFileSync(join(directory, `${name}.ext`), extension);
  await openssl(
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject],
  );
  await openssl(
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'],
    ...['-days', DAYS, '-out', `${name}.crt`, '-extfile', `${name}.ext`],
  );
}

/** @param {string} directory @param {string} name */
function writeKubeconfig(directory, name) {
  const path = (/** @type {string} */ file) => join(directory, file);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://${MACHINE_ADDRESS}:${API_PORT}`,
          'certificate-authority': path('ca.crt'),
        },
      },
    ],
    users: [
      {
        name,
        user: { 'client-certificate': path(`${name}.crt`), 'client-key': path(`${name}.key`) },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  };
  writeFileSync(path(`${name}.conf`), JSON.stringify(config), { mode: 0o600 });
}
