// One sweep through everything that a cluster does to its pods.
import { NAMESPACE, TRAINER } from './installation.mjs';
import { peakMemory } from './memory.mjs';
import { checkMonitoring } from './monitoring.mjs';

/** A pod is there within seconds; a busy machine of two cores takes its time to load TensorFlow four times. */
const START_TIMEOUT_MS = 180_000;
const SWEEP_TIMEOUT_MS = 900_000;
const RESTART_TIMEOUT_MS = 120_000;
/** The overlay's maximum. */
const TRAINERS_MAX = 4;
/** How many are left when fewer are allowed for a while. */
const TRAINERS_FEW = 2;

/** 30 % of them, rounded up. */
const EVICTIONS_ALLOWED = 2;

/**
 * @param {import('./steps.mjs').Step} step
 * @param {import('./installation.mjs').Installation} installation
 * @param {{sweepFile: string, expectedAnswer: string, update: string}} sweep with the manifests that it is updated to meanwhile
 * @returns {Promise<string>} the id of the sweep, which is completed
 */
export async function runSweepUnderFire(step, installation, { sweepFile, expectedAnswer, update }) {
  const { cluster } = installation;
  let sweepId = '';
  await step('the command launches the sweep at the Service', async () => {
    ({ sweepId } = await installation.seedbed('launch', sweepFile));
    return sweepId;
  });
  await step(`KEDA scales from 0 to ${TRAINERS_MAX} trainers, and they train`, async () => {
    await installation.until(`${TRAINERS_MAX} trainers are ready`, START_TIMEOUT_MS, async () => {
      return (await installation.trainerReplicas()).ready >= TRAINERS_MAX;
    });
    await installation.until('more than one trains', START_TIMEOUT_MS, async () => {
      return (await installation.training()).length > 1;
    });
  });
  await checkMonitoring(step, installation);
  await step('a trainer in the middle of a pack is killed', async () => {
    const victim = await trainerInTheMiddle(installation);
    await installation.killPod(victim);
    return victim;
  });
  await step('the coordinator is killed, and is back', () => killOnly(installation, 'coordinator'));
  await step('Redis is killed, and is back with what it had', async () => {
    const away = await killOnly(installation, 'redis');
    const { sweeps } = await installation.until('the coordinator answers', RESTART_TIMEOUT_MS, async () => {
      const answer = await installation.trySeedbed(['list', '--json']);
      return answer.exitCode === 0 && JSON.parse(answer.stdout);
    });
    if (!sweeps.some((/** @type {any} */ sweep) => sweep.sweepId === sweepId))
      throw new Error('it has forgotten the sweep');
    return away;
  });
  await step('no more than the budget of the trainers can be evicted at once', async () => {
    await installation.until('all trainers are ready', START_TIMEOUT_MS, async () => {
      return (await installation.trainerReplicas()).ready >= TRAINERS_MAX;
    });
    const pods = await installation.pods('trainer');
    const outcomes = await Promise.all(pods.map(({ metadata }) => installation.evict(metadata.name)));
    const evicted = outcomes.filter((outcome) => outcome === 'evicted').length;
    if (evicted !== EVICTIONS_ALLOWED) throw new Error(`of ${pods.length} trainers ${evicted} were evicted`);
    return `${evicted} of ${pods.length}`;
  });
  await step(
    'KEDA takes busy trainers away, which hand their blocks back, and brings them again',
    async () => {
      await scaleInWhileTraining(installation);
      await expectRunning(installation, sweepId);
    },
  );
  await step(
    'trainers are replaced one after another by such that read a volume, while they train',
    async () => {
      await trainerInTheMiddle(installation);
      await expectRunning(installation, sweepId);
      await cluster.apply(update);
      const rollout = ['--namespace', NAMESPACE, 'rollout'];
      await installation.until('all trainers are new', SWEEP_TIMEOUT_MS, async () => {
        const said = await cluster.kubectl(...rollout, 'status', `deployment/${TRAINER}`, '--watch=false');
        return said.includes('successfully rolled out');
      });
    },
  );
  await step('the sweep completes, and its answer is that of the local run byte for byte', async () => {
    const status = await installation.until('the sweep has ended', SWEEP_TIMEOUT_MS, async () => {
      const answer = await installation.trySeedbed(['list', '--json']);
      if (answer.exitCode !== 0) return null;
      const sweep = JSON.parse(answer.stdout).sweeps.find(
        (/** @type {any} */ one) => one.sweepId === sweepId,
      );
      return sweep.state === 'running' ? null : sweep;
    });
    if (status.state !== 'completed') throw new Error(`it is ${status.state}: ${JSON.stringify(status)}`);
    const answer = await installation.read(`/v1/sweeps/${sweepId}/answer`);
    if (answer !== expectedAnswer) throw new Error(`the answer differs:\n${answer}\n${expectedAnswer}`);
    const { runs } = JSON.parse(await installation.read(`/v1/sweeps/${sweepId}/runs?limit=1000`));
    const trainers = new Set(runs.map((/** @type {any} */ run) => run.commit.provenance.trainerId));
    return `${runs.length} runs by ${trainers.size} trainers; peak memory: ${await peakMemory(installation)}`;
  });
  return sweepId;
}

/**
 * Fewer trainers are allowed than there is work for, so that some must end in the middle of a pack.
 * @param {import('./installation.mjs').Installation} installation
 */
async function scaleInWhileTraining(installation) {
  await installation.until('all trainers train', START_TIMEOUT_MS, async () => {
    return (await installation.training()).length >= TRAINERS_MAX;
  });
  const before = await installation.training();
  await installation.allowTrainers(TRAINERS_FEW);
  await installation.until(`only ${TRAINERS_FEW} trainers are left`, START_TIMEOUT_MS, async () => {
    return (await installation.pods('trainer')).length === TRAINERS_FEW;
  });
  const hosts = new Set((await installation.pods('trainer')).map(({ metadata }) => metadata.name));
  const ended = before.filter(({ host }) => !hosts.has(host));
  if (ended.length < TRAINERS_MAX - TRAINERS_FEW) throw new Error('none that trained was ended');
  // Nobody who was told to end is taken for lost: it has said goodbye.
  const listed = await installation.seedbed('trainers');
  const left = listed.trainers.filter((/** @type {any} */ { host }) =>
    ended.some((each) => each.host === host),
  );
  if (left.length > 0) throw new Error(`${left.length} trainers have ended without a word`);
  await installation.allowTrainers(TRAINERS_MAX);
  await installation.until('all trainers are back', START_TIMEOUT_MS, async () => {
    return (await installation.trainerReplicas()).ready >= TRAINERS_MAX;
  });
}

/**
 * @param {import('./installation.mjs').Installation} installation
 * @param {string} component one that has a single pod
 * @returns {Promise<string>} how long it was away
 */
async function killOnly(installation, component) {
  const [pod] = await installation.pods(component);
  const { restartCount } = pod.status.containerStatuses[0];
  const startedAt = performance.now();
  await installation.killPod(pod.metadata.name);
  await installation.until(`the ${component} was started again`, RESTART_TIMEOUT_MS, async () => {
    const [{ status }] = await installation.pods(component);
    return status.containerStatuses[0].restartCount > restartCount && status.containerStatuses[0].ready;
  });
  return `ready again after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * @param {import('./installation.mjs').Installation} installation
 * @returns {Promise<string>} the pod of a trainer that has begun a pack and not finished it
 */
function trainerInTheMiddle(installation) {
  return installation.until('a trainer is in the middle of a pack', START_TIMEOUT_MS, async () => {
    const trainers = await installation.training();
    const one = trainers.find(({ packs }) =>
      packs.some((/** @type {any} */ pack) => pack.step > 0 && pack.step < pack.steps / 2),
    );
    return one?.host;
  });
}

/** @param {import('./installation.mjs').Installation} installation @param {string} sweepId */
async function expectRunning(installation, sweepId) {
  const status = JSON.parse(await installation.read(`/v1/sweeps/${sweepId}`));
  if (status.state !== 'running')
    throw new Error(`the sweep is ${status.state} already: nothing is interrupted`);
}
