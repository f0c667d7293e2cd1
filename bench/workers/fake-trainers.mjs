// Trainers without training: the trainer's own supervisor, so every claim, look-up, lock, heartbeat and commit is real, over
// children that answer with made-up results after a given time. Several in one process, each with connections of its own.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { numericsClassSchema, runIdOf, sha256, stepsOf, trainerIdSchema } from '@seedbed/contracts';
import { openBlockQueue, openSweepStore, QUEUE_DEFAULTS } from '@seedbed/queue';
import { superviseChildren } from '../../apps/trainer/dist/supervisor.js';

const IDENTITY = {
  backend: 'fake',
  tensorflow: null,
  numericsClass: numericsClassSchema.parse('load-bench'),
  fallbackReason: null,
};
/** As the report's coarse search: an evaluation at the start and after each of two cycles. */
const EVALUATIONS = 3;
const VALIDATION_IMAGES = 5_000;
/** How often the process's own loop is looked at. */
const LOOP_RESOLUTION_MS = 5;

/** @type {any} */
const silent = { debug: none, info: none, warn: none, error: none, child: () => silent };
function none() {}

/**
 * @param {import('@seedbed/contracts').RunSettings} settings
 * @returns {import('@seedbed/contracts').TrainedResult}
 */
function resultOf(settings) {
  if (settings.task !== 'train') throw new Error('only training is made up here');
  const id = runIdOf(settings);
  const noise = parseInt(id.slice(0, 6), 16);
  const steps = stepsOf(settings.training.schedule);
  const curve = Array.from({ length: EVALUATIONS }, (_, index) => ({
    step: Math.round((index * steps) / (EVALUATIONS - 1)),
    validation: {
      accuracy: { correct: 2_000 + (noise % 700), count: VALIDATION_IMAGES },
      loss: 1.4 + noise / 2 ** 26,
      cost: 1.6 + noise / 2 ** 26,
    },
  }));
  return {
    outcome: 'trained',
    validation: { correct: 2_000 + (noise % 700), count: VALIDATION_IMAGES },
    curve,
    weightsDigest: sha256(`weights of ${id}`),
  };
}

/**
 * @param {number} packSeconds
 * @returns {import('../../apps/trainer/dist/training-child.js').TrainingChild}
 */
function fakeChild(packSeconds) {
  const gone = new AbortController();
  return {
    processId: process.pid,
    identity: IDENTITY,
    gone: gone.signal,
    async train({ members }, { onProgress, onResult }) {
      const results = members.map(resultOf);
      await delay((packSeconds / 2) * 1000);
      const progress = results.map(({ curve }, member) => ({
        member,
        step: 1,
        steps: 2,
        points: curve.slice(0, 2),
      }));
      onProgress(progress);
      await delay((packSeconds / 2) * 1000);
      for (const [member, result] of results.entries()) onResult(member, result, null);
      return { kind: 'done', peakBytes: process.resourceUsage().maxRSS * 1024 };
    },
    // Nothing is computed here, so no width is better than another.
    measure: () => Promise.resolve([]),
    cancel: none,
    kill: () => gone.abort(),
  };
}

/**
 * @param {string} url
 * @param {string} name
 * @param {number} packSeconds
 * @param {number[]} claimMs every claim of a block adds its duration
 */
async function startFakeTrainer(url, name, packSeconds, claimMs) {
  const settings = { ...QUEUE_DEFAULTS, url };
  const [queue, store] = await Promise.all([openBlockQueue(settings), openSweepStore(settings)]);
  const claim = queue.claim.bind(queue);
  queue.claim = async (token) => {
    const since = performance.now();
    const claimed = await claim(token);
    if (claimed !== null) claimMs.push(performance.now() - since);
    return claimed;
  };
  const trainer = await superviseChildren(
    {
      queue,
      store,
      trainerId: trainerIdSchema.parse(name),
      children: 1,
      lockDurationMs: settings.lockDurationMs,
      logger: silent,
    },
    async () => fakeChild(packSeconds),
    new AbortController(),
  );
  return {
    commits: trainer.commits,
    stop: async () => {
      await trainer.stop();
      await Promise.all([queue.close(), store.close()]);
    },
  };
}

/** @typedef {{url: string, names: string[], packSeconds: number}} Orders */

process.once('message', async (/** @type {Orders} */ { url, names, packSeconds }) => {
  /** @type {number[]} */
  const claimMs = [];
  const trainers = [];
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  for (const name of names) trainers.push(await startFakeTrainer(url, name, packSeconds, claimMs));
  process.send?.({ kind: 'ready' });
  loop.enable();
  process.once('message', async () => {
    loop.disable();
    // It measures the whole interval between two looks.
    const heldUpMs = (/** @type {number} */ nanoseconds) =>
      Math.max(0, nanoseconds / 1e6 - LOOP_RESOLUTION_MS);
    const heldUp = {
      p50: heldUpMs(loop.percentile(50)),
      p99: heldUpMs(loop.percentile(99)),
      max: heldUpMs(loop.max),
    };
    await Promise.all(trainers.map((trainer) => trainer.stop()));
    process.send?.({ kind: 'report', claimMs, heldUp, commits: trainers.map(({ commits }) => commits) });
    process.disconnect();
  });
});
process.on('disconnect', () => process.exit(0));
