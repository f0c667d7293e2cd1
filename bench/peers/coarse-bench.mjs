// The coarse stage end to end by Optuna and by Ray Tune, both with PyTorch: processes warm, data loaded, from the first request
// to the last result. Networks batched by hand are each one's strongest; Optuna with seeds one after another, as people write it,
// is shown too.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { askAll, startContender, stopContender } from '../contenders.mjs';
import { undisturbed } from '../foreign-load.mjs';
import { coreCount } from '../machine.mjs';
import { coarseLambdas, HIDDEN } from '../networks.mjs';
import { spreadOf } from '../statistics.mjs';
import { exportData } from './data-export.mjs';

const SPLIT = { train: { first: 0, count: 45_000 }, validation: { first: 45_000, count: 5_000 } };
/** Mean of five seeds on 5,000 images, from equal weights: rounding alone moves it by a few thousandths. */
export const TRIAL_TOLERANCE = 0.01;
const CONTENDERS = /** @type {const} */ ([
  [openOptuna, 'single'],
  [openOptuna, 'batched'],
  [openRay, 'batched'],
]);
const MODE_LABELS = {
  single: 'seeds one after another',
  batched: 'batched by hand on its internal oneDNN product',
};

/**
 * @typedef {import('./python-environment.mjs').Python} Python
 * @typedef {NonNullable<import('../sizes.mjs').Size['system']>} SystemSize
 * @typedef {{seconds: number, means: Record<string, number>, foreignLoad?: number}} CoarseAnswer
 * @typedef {{name: string, label: string, run: () => Promise<CoarseAnswer>, stop: () => Promise<void>}} CoarseContender
 */

/**
 * @param {object} options
 * @param {Python} options.python
 * @param {string} options.directory for data and studies
 * @param {SystemSize | null} options.size
 * @param {number} options.rounds
 * @param {boolean} options.keepDisturbed
 * @param {{seconds: number, trialMeans: number[]}} options.system ours, of the same run
 * @param {(text: string) => void} options.say
 */
export async function measureCoarse({ python, directory, size, rounds, keepDisturbed, system, say }) {
  if (!size) return null;
  const dataDirectory = join(directory, 'data');
  await exportData(dataDirectory, SPLIT, { seeds: size.seeds });
  /** @type {ReturnType<typeof conclude>[]} */
  const contenders = [];
  for (const [open, mode] of CONTENDERS) {
    const contender = await open({ python, mode, dataDirectory, directory, size });
    try {
      /** @type {CoarseAnswer[]} */
      const answers = [];
      for (let round = 0; round < rounds; round += 1) {
        const { value, foreign } = await undisturbed(contender.run, { keepDisturbed, say });
        answers.push({ ...value, foreignLoad: foreign });
        say(`${contender.label}: ${answers.at(-1)?.seconds.toFixed(1)} s`);
      }
      contenders.push(conclude(contender, answers, system, size));
    } finally {
      await contender.stop();
    }
  }
  const worst = contenders.find(({ accuracyDifference }) => !(accuracyDifference <= TRIAL_TOLERANCE));
  if (worst) throw new Error(`${worst.name}: a trial's mean accuracy differs by ${worst.accuracyDifference}`);
  return { tolerance: TRIAL_TOLERANCE, contenders };
}

/**
 * @param {CoarseContender} contender
 * @param {readonly CoarseAnswer[]} answers
 * @param {{seconds: number, trialMeans: number[]}} system
 * @param {SystemSize} size
 */
function conclude({ name, label }, answers, system, size) {
  const seconds = spreadOf(answers.map((answer) => answer.seconds));
  const found = Object.entries(answers[0]?.means ?? {}).map(([value, mean]) => ({
    lambda: Number(value),
    mean,
  }));
  const differences = coarseLambdas(size.gridCount).map((lambda, index) => {
    // A λ may come back with another last digit.
    const own = found.find((each) => Math.abs(each.lambda / lambda - 1) < 1e-9);
    return Math.abs((own?.mean ?? NaN) - (system.trialMeans[index] ?? NaN));
  });
  return {
    name,
    label,
    seconds,
    foreignLoadMax: Math.max(...answers.map(({ foreignLoad = 0 }) => foreignLoad)),
    timesSystem: seconds.median / system.seconds,
    accuracyDifference: Math.max(...differences),
  };
}

/**
 * @typedef {{python: Python, mode: 'single' | 'batched', dataDirectory: string, directory: string, size: SystemSize}} OpenOptions
 */

/**
 * @param {OpenOptions} options
 * @returns {Promise<CoarseContender>}
 */
async function openOptuna({ python, mode, dataDirectory, directory, size }) {
  const processes = coreCount();
  const lambdas = coarseLambdas(size.gridCount);
  const name = `optuna-${mode}`;
  const workers = await startContender({
    name,
    label: name,
    program: [python.command, join(import.meta.dirname, 'optuna_coarse.py'), mode],
    environment: python.environment,
    networks: 0,
    steps: 0,
  });
  await askAll(workers, 'prepare', () => ({ directory: dataDirectory }));
  const run = async (/** @type {SystemSize} */ length) => {
    const storage = join(mkdtempSync(join(directory, 'optuna-')), 'journal.log');
    const settings = {
      ...length,
      storage,
      lambdas,
      hidden: HIDDEN,
      share: Math.ceil(lambdas.length / processes),
    };
    const startedAt = performance.now();
    await workers.workers[0]?.ask('create', settings);
    const answers = await askAll(workers, 'work', () => settings);
    const seconds = (performance.now() - startedAt) / 1000;
    return { seconds, means: Object.assign({}, ...answers.map(({ means }) => means)) };
  };
  await run(warmUp(size));
  return {
    name,
    label: `Optuna and PyTorch, ${MODE_LABELS[mode]}`,
    run: () => run(size),
    stop: async () => stopContender(workers),
  };
}

/**
 * @param {OpenOptions} options
 * @returns {Promise<CoarseContender>}
 */
async function openRay({ python, mode, dataDirectory, directory, size }) {
  const name = `ray-${mode}`;
  const workers = await startContender(
    {
      name,
      label: name,
      program: [python.command, join(import.meta.dirname, 'ray_coarse.py'), mode],
      environment: { ...python.environment, RAY_AIR_NEW_OUTPUT: '0', RAY_USAGE_STATS_ENABLED: '0' },
      networks: 0,
      steps: 0,
    },
    1,
  );
  const [driver] = workers.workers;
  if (!driver) throw new Error('no driver');
  const temporary = join(directory, 'ray');
  mkdirSync(temporary, { recursive: true });
  await driver.ask('prepare', { directory: dataDirectory, processes: coreCount(), temporary });
  const run = (/** @type {SystemSize} */ length) =>
    driver.ask('work', {
      ...length,
      storage: mkdtempSync(join(directory, 'tune-')),
      lambdas: coarseLambdas(size.gridCount),
      hidden: HIDDEN,
    });
  await run(warmUp(size));
  return {
    name,
    label: `Ray Tune and PyTorch, ${MODE_LABELS[mode]}`,
    run: () => run(size),
    stop: async () => {
      await driver.ask('shutdown');
      stopContender(workers);
    },
  };
}

/**
 * Every path once, briefly.
 * @param {SystemSize} size
 * @returns {SystemSize}
 */
const warmUp = (size) => ({ ...size, stepSize: 10, cycles: 1 });
