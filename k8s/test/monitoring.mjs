// What Prometheus would do: find the pods by the PodMonitors, and read the port that they name.
import { readBy, reachedBy } from './foreign-pods.mjs';
import { NAMESPACE } from './installation.mjs';

/** The one of which the component's network policy speaks. */
const MONITORING = 'monitoring';
const PROMETHEUS = {
  name: 'prometheus',
  namespace: MONITORING,
  labels: { 'app.kubernetes.io/name': 'prometheus' },
};
/** By the PodMonitor: a number without which alerts would be blind. */
const NUMBERS = {
  'seedbed-coordinator': /^seedbed_runs\{state="outstanding"\} [1-9]/m,
  'seedbed-trainer': /^seedbed_trainer_ready 1$/m,
};

/**
 * @param {import('./steps.mjs').Step} step
 * @param {import('./installation.mjs').Installation} installation while trainers train
 */
export async function checkMonitoring(step, installation) {
  const { cluster } = installation;
  await step('Prometheus reads the numbers of every pod, and nobody else reaches them', async () => {
    await cluster.apply(
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: MONITORING } }),
    );
    const monitors = await cluster.get('--namespace', NAMESPACE, 'podmonitors.monitoring.coreos.com');
    const names = monitors.items.map((/** @type {any} */ { metadata }) => metadata.name);
    if (String(names.sort()) !== String(Object.keys(NUMBERS)))
      throw new Error(`there are PodMonitors ${names}`);
    let read = 0;
    for (const { metadata, spec } of monitors.items) {
      const addresses = await addressesOf(installation, spec);
      const paths = addresses.map((address) => `http://${address}${spec.podMetricsEndpoints[0].path}`);
      const number = NUMBERS[/** @type {keyof typeof NUMBERS} */ (metadata.name)];
      for (const text of await readBy(installation, PROMETHEUS, paths))
        if (!number.test(text)) throw new Error(`${metadata.name}: no ${number} in\n${text}`);
      read += paths.length;
      for (const pod of [
        { name: 'stranger', labels: {} },
        { name: 'neighbour', namespace: MONITORING, labels: {} },
      ]) {
        const reached = await reachedBy(installation, pod, addresses);
        if (reached.includes(true)) throw new Error(`${pod.name} reaches ${addresses}: ${reached}`);
      }
    }
    return `${read} pods`;
  });
}

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {any} monitor of a PodMonitor
 * @returns {Promise<string[]>} host:port of each pod that it chooses
 */
async function addressesOf({ cluster }, { selector, podMetricsEndpoints: [endpoint] }) {
  const labels = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const { items } = await cluster.get('--namespace', NAMESPACE, 'pods', `--selector=${labels.join(',')}`);
  return items
    .filter((/** @type {any} */ { status }) => status.phase === 'Running')
    .map((/** @type {any} */ { spec, status }) => {
      const port = spec.containers[0].ports.find((/** @type {any} */ { name }) => name === endpoint.port);
      return `${status.podIP}:${port.containerPort}`;
    });
}
