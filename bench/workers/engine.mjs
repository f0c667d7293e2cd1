// Seedbed's packed engine, called as a training child calls it.
import { openBackend, PreparedData, trainPack, windowBatches } from '@seedbed/model';
import { ENGINE_VERSION } from '@seedbed/contracts';
import { dataSettingsOf, loadCifar10 } from './cifar10.mjs';
import { serve } from './serve.mjs';
import { scheduleOf } from './training.mjs';

const backend = await openBackend();
/** @type {PreparedData | null} */
let data = null;
/** @type {import('@seedbed/contracts').DataSettings | null} */
let dataSettings = null;

/**
 * @param {import('./training.mjs').TrainRequest} request
 * @param {number} batchSize
 * @returns {import('@seedbed/contracts').TrainSettings[]}
 */
function membersOf({ networks, hidden, steps, cadence = 'end' }, batchSize) {
  if (!dataSettings) throw new Error('not prepared');
  const common = {
    task: /** @type {const} */ ('train'),
    engine: /** @type {typeof ENGINE_VERSION} */ (ENGINE_VERSION),
    data: dataSettings,
    model: { kind: /** @type {const} */ ('two-layer'), hidden },
    evaluation: { cadence, train: cadence === 'epoch', test: false },
  };
  return networks.map(({ lambda, seed }) => ({
    ...common,
    training: { lambda, batchSize, schedule: scheduleOf(steps) },
    seed,
  }));
}

/**
 * @typedef {object} EngineFigures
 * @property {number} evaluationSeconds of all networks, at the end
 * @property {number} evaluationsPerStep of each network while it was timed
 */

/**
 * Counted from the end of the first window to the end of the last but one: initial weights and the evaluation at the end
 * are as dear for three steps as for three thousand, and are told apart as `evaluationSeconds`.
 *
 * @param {import('./training.mjs').TrainRequest} request
 * @returns {Promise<import('./training.mjs').TrainAnswer & EngineFigures>}
 */
async function train(request) {
  if (!data) throw new Error('not prepared');
  /** @type {{step: number, at: number, evaluations: number}[]} */
  const windowEnds = [];
  let evaluations = 0;
  /** @type {number[]} */
  const accuracies = [];
  await trainPack({
    data,
    members: membersOf(request, data.batchSize),
    loadTest: () => Promise.reject(new Error('no test set here')),
    onProgress: (member, { step, point }) => {
      if (member !== 0) return;
      if (point === null) windowEnds.push({ step, at: performance.now(), evaluations });
      else evaluations += 1;
    },
    onResult: (member, result) => {
      const accuracy = result.outcome === 'trained' ? result.validation : { correct: 0, count: 1 };
      accuracies[member] = accuracy.correct / accuracy.count;
    },
  });
  const endedAt = performance.now();
  const [first, last] = [windowEnds.at(0), windowEnds.at(-1)];
  if (!first || !last || first === last) throw new Error('a measurement needs at least four windows');
  const seconds = (last.at - first.at) / 1000;
  const networkSteps = (last.step - first.step) * request.networks.length;
  const lastWindowSteps = (request.steps - last.step) * request.networks.length;
  return {
    seconds,
    networkSteps,
    accuracies: request.judge ? accuracies : [],
    evaluationSeconds: (endedAt - last.at) / 1000 - (seconds / networkSteps) * lastWindowSteps,
    evaluationsPerStep: (last.evaluations - first.evaluations) / (last.step - first.step),
  };
}

await serve({
  /** @param {import('./cifar10.mjs').SplitSettings & {batchSize: number}} settings */
  async prepare(settings) {
    data?.dispose();
    const split = await loadCifar10(settings);
    dataSettings = dataSettingsOf(settings);
    data = new PreparedData(backend.kernels, split, settings.batchSize);
    const { name, tensorflow, numericsClass, fallbackReason } = backend;
    return {
      backend: name,
      tensorflow,
      numericsClass,
      fallbackReason,
      windowBatches: windowBatches(settings.batchSize),
    };
  },
  train,
});
