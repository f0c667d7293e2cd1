// The server's data is lost, all of it, and comes back from the backup that the nightly job has made.
import { NAMESPACE, REDIS_POD } from './installation.mjs';

const JOB_TIMEOUT_MS = 120_000;
const RESTART_TIMEOUT_MS = 120_000;

/**
 * @param {import('./steps.mjs').Step} step
 * @param {import('./installation.mjs').Installation} installation without trainers
 * @param {{sweepId: string, expectedAnswer: string}} sweep one that is completed
 */
export async function drillRestore(step, installation, { sweepId, expectedAnswer }) {
  await step('the nightly job backs up what there is', () =>
    runJob(installation, 'seedbed-backup', 'backup-now'),
  );
  await step('Redis loses its volume, and has forgotten everything', async () => {
    await forgetEverything(installation);
    const { sweeps } = await listed(installation);
    if (sweeps.length > 0) throw new Error(`it still knows ${sweeps.length} sweeps`);
  });
  await step('the newest backup brings the answer back, byte for byte', async () => {
    await runJob(installation, 'seedbed-restore', 'restore-now');
    const answer = await installation.read(`/v1/sweeps/${sweepId}/answer`);
    if (answer !== expectedAnswer) throw new Error(`the answer differs:\n${answer}\n${expectedAnswer}`);
  });
}

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {string} cronJob
 * @param {string} name
 * @returns {Promise<string>} the last line that it printed
 */
async function runJob(installation, cronJob, name) {
  const { cluster } = installation;
  const inNamespace = ['--namespace', NAMESPACE];
  await cluster.kubectl(...inNamespace, 'create', 'job', `--from=cronjob/${cronJob}`, name);
  const said = async () => (await cluster.tryKubectl(...inNamespace, 'logs', `job/${name}`)).stdout;
  await installation.until(`${name} is done`, JOB_TIMEOUT_MS, async () => {
    const { status } = await cluster.get(...inNamespace, 'job', name);
    if ((status.failed ?? 0) > 0) throw new Error(`${name} failed: ${await said()}`);
    return status.succeeded === 1;
  });
  return (await said()).trim().split('\n').at(-1) ?? '';
}

/** @param {import('./installation.mjs').Installation} installation */
async function forgetEverything(installation) {
  const { cluster } = installation;
  const inPod = ['--namespace', NAMESPACE, 'exec', REDIS_POD, '--'];
  const restarts = async () => (await installation.pods('redis'))[0].status.containerStatuses[0];
  const { restartCount } = await restarts();
  await cluster.kubectl(...inPod, 'sh', '-c', 'rm -rf /data/*');
  await installation.killPod(REDIS_POD);
  await installation.until('Redis was started again', RESTART_TIMEOUT_MS, async () => {
    const status = await restarts();
    return status.restartCount > restartCount && status.ready;
  });
}

/** @param {import('./installation.mjs').Installation} installation @returns {Promise<{sweeps: unknown[]}>} */
function listed(installation) {
  return installation.until('the coordinator answers', RESTART_TIMEOUT_MS, async () => {
    const { exitCode, stdout } = await installation.trySeedbed(['list', '--json']);
    return exitCode === 0 && JSON.parse(stdout);
  });
}
