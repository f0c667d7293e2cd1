// etcd and the parts of Kubernetes that decide; the node is in node.mjs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_PORT } from './certificates.mjs';
import { tryCommand } from './command.mjs';
import { MACHINE_ADDRESS, SERVICE_RANGE } from './machine.mjs';
import { until } from './until.mjs';

const READY_TIMEOUT_MS = 120_000;
export const POD_RANGE = '10.244.0.0/16';
export const NODE_NAME = 'node-0';

/**
 * @typedef {object} Parts
 * @property {import('./machine.mjs').Machine} machine
 * @property {string} directory
 * @property {string} programs
 * @property {string} certificates
 */

/** @param {Parts} parts */
export async function startControlPlane(parts) {
  const { machine, directory, programs } = parts;
  // Its data is thrown away with the cluster: waiting for the disk would prove nothing.
  machine.startDaemon('etcd', ['etcd', '--data-dir', join(directory, 'etcd'), '--unsafe-no-fsync']);
  machine.startDaemon('kube-apiserver', [join(programs, 'kube-apiserver'), ...apiServerFlags(parts)]);
  await apiServerReady(parts);
  startController(parts, 'controller-manager', [
    `--service-account-private-key-file=${join(parts.certificates, 'service-accounts.key')}`,
    `--root-ca-file=${join(parts.certificates, 'ca.crt')}`,
    '--use-service-account-credentials',
    // The test waits for scaling: look every 5 s instead of every 15.
    '--horizontal-pod-autoscaler-sync-period=5s',
  ]);
  startController(parts, 'scheduler', []);
  const proxy = join(directory, 'kube-proxy.json');
  writeFileSync(proxy, JSON.stringify(proxyConfiguration(parts)));
  machine.startDaemon('kube-proxy', [join(programs, 'kube-proxy'), `--config=${proxy}`]);
}

/** @param {Parts} parts */
function apiServerFlags({ certificates }) {
  const file = (/** @type {string} */ name) => join(certificates, name);
  return [
    '--etcd-servers=http://127.0.0.1:2379',
    `--secure-port=${API_PORT}`,
    `--advertise-address=${MACHINE_ADDRESS}`,
    `--tls-cert-file=${file('api-server.crt')}`,
    `--tls-private-key-file=${file('api-server.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--service-account-key-file=${file('service-accounts.pub')}`,
    `--service-account-signing-key-file=${file('service-accounts.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${SERVICE_RANGE}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // So that it is Pod Security that refuses a privileged pod, not a server that knows none.
    '--allow-privileged=true',
    `--kubelet-client-certificate=${file('api-to-kubelet.crt')}`,
    `--kubelet-client-key=${file('api-to-kubelet.key')}`,
    // The node's name is in nobody's DNS.
    '--kubelet-preferred-address-types=InternalIP',
    // KEDA's metrics are served by an API server of its own behind this one.
    `--requestheader-client-ca-file=${file('ca.crt')}`,
    '--requestheader-allowed-names=front-proxy',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${file('front-proxy.crt')}`,
    `--proxy-client-key-file=${file('front-proxy.key')}`,
    '--enable-aggregator-routing=true',
  ];
}

/** @param {Parts} parts @param {string} name @param {string[]} flags */
function startController({ machine, programs, certificates }, name, flags) {
  const config = join(certificates, `${name}.conf`);
  machine.startDaemon(`kube-${name}`, [
    join(programs, `kube-${name}`),
    `--kubeconfig=${config}`,
    `--authentication-kubeconfig=${config}`,
    `--authorization-kubeconfig=${config}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    ...flags,
  ]);
}

/** @param {Parts} parts */
function proxyConfiguration({ certificates }) {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clientConnection: { kubeconfig: join(certificates, 'proxy.conf') },
    clusterCIDR: POD_RANGE,
    hostnameOverride: NODE_NAME,
    // This and the connection limits belong to the whole kernel: leave them as they are.
    oomScoreAdj: 0,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

/** @param {Parts} parts */
async function apiServerReady({ machine, certificates }) {
  const ask = machine.onItsNetwork([
    ...['curl', '--silent', '--fail', '--max-time', '5', '--cacert', join(certificates, 'ca.crt')],
    ...['--cert', join(certificates, 'admin.crt'), '--key', join(certificates, 'admin.key')],
    `https://${MACHINE_ADDRESS}:${API_PORT}/readyz`,
  ]);
  await until('the API server is ready', async () => ((await tryCommand(ask)).exitCode === 0 ? true : null), {
    timeoutMs: READY_TIMEOUT_MS,
    onLate: async () => machine.lastLines('kube-apiserver'),
  });
}
