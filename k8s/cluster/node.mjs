// The cluster's one node: containerd and the kubelet.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command, tryCommand } from './command.mjs';
import { NODE_NAME } from './control-plane.mjs';
import { MACHINE_ADDRESS } from './machine.mjs';
import { until } from './until.mjs';

const CONTAINERD_TIMEOUT_MS = 60_000;
const IMPORT_TIMEOUT_MS = 300_000;
export const DNS_ADDRESS = '10.96.0.10';
/** Keeps a pod's network while its containers come and go; see images.mjs. */
export const PAUSE_IMAGE = 'localhost/pause:1';
const PLUGIN_DIRECTORY = '/usr/lib/cni';
const POD_SUBNET = '10.244.1.0/24';

/**
 * What a kubelet asks of a kernel before it starts. These settings are the whole machine's: they are shown to it by mounts
 * over the files, and the real ones stay as they are.
 */
const KERNEL_SETTINGS = { 'vm/overcommit_memory': '1', 'kernel/panic': '10', 'kernel/panic_on_oops': '1' };

/**
 * @param {import('./control-plane.mjs').Parts} parts
 * @param {readonly string[]} imageArchives
 */
export async function startNode(parts, imageArchives) {
  const { machine } = parts;
  const folder = join(parts.directory, 'node');
  for (const name of ['kubelet', 'log', 'root', 'cni', 'run', 'settings'])
    mkdirSync(join(folder, name), { recursive: true });
  writeSettings(parts, folder);
  await prepareMounts(machine, folder);
  machine.startDaemon('containerd', ['containerd', '--config', join(folder, 'containerd.toml')]);
  const ctr = machine.inside(['ctr', '--address', socketIn(folder), '--namespace', 'k8s.io']);
  const answers = async () => ((await tryCommand([...ctr, 'version'])).exitCode === 0 ? true : null);
  await until('containerd answers', answers, {
    timeoutMs: CONTAINERD_TIMEOUT_MS,
    onLate: async () => machine.lastLines('containerd'),
  });
  for (const archive of imageArchives)
    await command([...ctr, 'images', 'import', archive], { timeoutMs: IMPORT_TIMEOUT_MS });
  machine.startDaemon('kubelet', [
    join(parts.programs, 'kubelet'),
    `--config=${join(folder, 'kubelet.json')}`,
    `--kubeconfig=${join(parts.certificates, 'kubelet.conf')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${MACHINE_ADDRESS}`,
    '--root-dir=/var/lib/kubelet',
  ]);
  return ctr;
}

/** @param {string} folder */
const socketIn = (folder) => join(folder, 'run', 'containerd.sock');

/** @param {import('./machine.mjs').Machine} machine @param {string} folder */
async function prepareMounts(machine, folder) {
  const steps = Object.entries(KERNEL_SETTINGS).map(([name, value]) => {
    const file = join(folder, 'settings', name.replace('/', '.'));
    writeFileSync(file, `${value}\n`);
    return `mount --bind ${file} /proc/sys/${name}`;
  });
  steps.push(
    'mkdir -p /var/lib/kubelet /run/netns',
    `mount --bind ${join(folder, 'kubelet')} /var/lib/kubelet`,
    'mount --make-rshared /var/lib/kubelet',
    `mount --bind ${join(folder, 'log')} /var/log`,
    'mount -t tmpfs tmpfs /run/netns',
  );
  await command(machine.inside(['sh', '-ec', steps.join('\n')]));
}

/** @param {import('./control-plane.mjs').Parts} parts @param {string} folder */
function writeSettings({ certificates }, folder) {
  writeFileSync(join(folder, 'containerd.toml'), containerdConfiguration(folder));
  writeFileSync(join(folder, 'cni', '10-pods.conflist'), JSON.stringify(networkConfiguration(folder)));
  writeFileSync(join(folder, 'kubelet.json'), JSON.stringify(kubeletConfiguration(certificates, folder)));
}

/** @param {string} folder */
function containerdConfiguration(folder) {
  return `version = 2
root = "${join(folder, 'root')}"
state = "${join(folder, 'run', 'containerd')}"
[grpc]
  address = "${socketIn(folder)}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${PLUGIN_DIRECTORY}"
    conf_dir = "${join(folder, 'cni')}"
`;
}

/** @param {string} folder */
function networkConfiguration(folder) {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        // A pair of interfaces for each pod, so that whatever pods say to each other passes the node's rules.
        type: 'ptp',
        ipMasq: true,
        ipam: {
          type: 'host-local',
          dataDir: join(folder, 'run', 'addresses'),
          ranges: [[{ subnet: POD_SUBNET }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

/** @param {string} certificates @param {string} folder */
function kubeletConfiguration(certificates, folder) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(certificates, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    protectKernelDefaults: true,
    oomScoreAdj: 0,
    failSwapOn: false,
    clusterDNS: [DNS_ADDRESS],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: `unix://${socketIn(folder)}`,
    podLogsDir: join(folder, 'log', 'pods'),
    resolvConf: '',
    // The disk is the machine's: somebody else filling it must not evict the test's pods.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    nodeStatusUpdateFrequency: '5s',
  };
}
