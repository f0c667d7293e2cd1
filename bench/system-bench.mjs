// The coarse stage of the report through the whole system: coordinator, server, trainer and children, on warm children, from
// launch to completion, evaluation included. Every repetition trains seeds of its own: known results are not trained again.
import { undisturbed } from './foreign-load.mjs';
import {
  BATCH_SIZE,
  COARSE_RANGE,
  flopPerEvaluatedImage,
  flopPerNetworkStep,
  HIDDEN,
  REPORT_LAMBDAS,
} from './networks.mjs';
import { SeedbedSystem } from './seedbed-system.mjs';
import { mean, spreadOf } from './statistics.mjs';
import { ETA_MAX, ETA_MIN } from './workers/training.mjs';

const TRAIN = { first: 0, count: 45_000 };
const VALIDATION = { first: 45_000, count: 5_000 };
/** Seeds of the sweep that warms up; none of a repetition's. */
const WARM_UP_SEED = 900_000;

/**
 * @typedef {NonNullable<import('./sizes.mjs').Size['system']>} SystemSize
 * @typedef {{seconds: number, shareOfPeak: number, shareOfPeakWithEvaluation: number, foreignLoad: number}} Repetition
 */

/**
 * @param {object} options
 * @param {import('./training-bench.mjs').PeakMeter} options.meter
 * @param {SystemSize} options.size
 * @param {boolean} options.keepDisturbed
 * @param {(text: string) => void} options.say
 */
export async function measureSystem({ meter, size, keepDisturbed, say }) {
  say('starting a system');
  const system = await SeedbedSystem.start();
  try {
    await warmUp(system);
    /** @type {Repetition[]} */
    const repetitions = [];
    /** @type {string[]} */
    const sweepIds = [];
    // A repetition that was disturbed counts too: what it trained is known from then on.
    const runCoarse = async () => {
      const peakBefore = await meter.measure();
      const startedAt = performance.now();
      const sweepId = await system.launch(coarseSpec(size, 1 + sweepIds.length * size.seeds));
      await system.completed(sweepId);
      const seconds = (performance.now() - startedAt) / 1000;
      sweepIds.push(sweepId);
      return { seconds, peak: (peakBefore + (await meter.measure())) / 2 };
    };
    for (let repetition = 0; repetition < size.rounds; repetition += 1) {
      const { value, foreign } = await undisturbed(runCoarse, { keepDisturbed, say });
      const { seconds, peak } = value;
      const flop = flopOf(size);
      repetitions.push({
        seconds,
        shareOfPeak: flop.training / seconds / peak,
        shareOfPeakWithEvaluation: (flop.training + flop.evaluation) / seconds / peak,
        foreignLoad: foreign,
      });
      say(`coarse stage ${repetition + 1} of ${size.rounds}: ${seconds.toFixed(1)} s`);
    }
    return {
      networks: networksOf(size),
      steps: stepsOf(size),
      seconds: spreadOf(repetitions.map(({ seconds }) => seconds)),
      shareOfPeak: spreadOf(repetitions.map(({ shareOfPeak }) => shareOfPeak)),
      shareOfPeakWithEvaluation: spreadOf(repetitions.map((each) => each.shareOfPeakWithEvaluation)),
      foreignLoadMax: Math.max(...repetitions.map(({ foreignLoad }) => foreignLoad)),
      // Of seeds 1 to 5, which the peers train as well.
      trialMeans: trialMeansOf(await system.runs(sweepIds[0] ?? ''), size.seeds),
    };
  } finally {
    await system.stop();
  }
}

/** @param {SystemSize} size */
const networksOf = ({ gridCount, seeds }) => (gridCount + REPORT_LAMBDAS.length) * seeds;
/** @param {SystemSize} size */
const stepsOf = ({ stepSize, cycles }) => 2 * stepSize * cycles;

/**
 * Useful operations; evaluation happens after every cycle.
 * @param {SystemSize} size
 */
function flopOf(size) {
  return {
    training: networksOf(size) * stepsOf(size) * flopPerNetworkStep(),
    evaluation: networksOf(size) * size.cycles * VALIDATION.count * flopPerEvaluatedImage,
  };
}

/**
 * Every child loads the images and computes the Gram matrices of an epoch: as many trials as find every child busy, twice.
 * @param {SeedbedSystem} system
 */
async function warmUp(system) {
  const epoch = { gridCount: 5, seeds: 1, stepSize: TRAIN.count / BATCH_SIZE / 2, cycles: 1, rounds: 1 };
  for (const seed of [WARM_UP_SEED, WARM_UP_SEED + 1])
    await system.completed(await system.launch(coarseSpec(epoch, seed)));
}

/**
 * The stage as examples/reproduction.yaml has it.
 * @param {SystemSize} size
 * @param {number} firstSeed
 */
function coarseSpec({ gridCount, seeds, stepSize, cycles }, firstSeed) {
  return {
    seedbed: 1,
    name: 'coarse',
    data: { set: 'cifar10', order: 'file', train: TRAIN, validation: VALIDATION },
    model: { kind: 'two-layer', hidden: HIDDEN },
    training: {
      batchSize: BATCH_SIZE,
      schedule: { kind: 'cyclical', etaMin: ETA_MIN, etaMax: ETA_MAX, stepSize, cycles },
    },
    evaluation: { cadence: 'cycle' },
    seeds: { first: firstSeed, count: seeds },
    parameters: { lambda: { ...COARSE_RANGE, scale: 'log', count: gridCount } },
    points: REPORT_LAMBDAS.map((lambda) => ({ lambda })),
  };
}

/**
 * Mean validation accuracy of each trial, in the order of the trials.
 * @param {readonly import('@seedbed/contracts').RunRow[]} runs
 * @param {number} seeds
 */
function trialMeansOf(runs, seeds) {
  /** @type {number[][]} */
  const accuracies = [];
  for (const { trialIndex, commit } of runs) {
    const result = commit?.result;
    if (result?.outcome !== 'trained') continue;
    (accuracies[trialIndex] ??= []).push(result.validation.correct / result.validation.count);
  }
  return accuracies.filter((own) => own.length === seeds).map(mean);
}
