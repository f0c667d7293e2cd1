// How much sooner the same sweep is done by 1, 2 and 4 trainers, each with half a core of its own: real kernels, real images,
// from launch to completion, on warm trainers. With half a core each, four of them fit a machine of two cores and none takes
// another's time.
import { coreCount, describeMachine, describeVersions } from './machine.mjs';
import { openCpuLimit } from './cpu-limit.mjs';
import { undisturbed } from './foreign-load.mjs';
import { SeedbedSystem } from './seedbed-system.mjs';
import { median } from './statistics.mjs';

const CORES_EACH = 0.5;
/** As many as are trained together at their best, so that every trainer trains packs of one width whatever their number. */
const PACK_RUNS = 25;
const VALIDATION = { first: 45_000, count: 5_000 };
/** Seeds of the sweeps that warm trainers up; none of a measured sweep's, whose results would be known. */
const WARM_UP_SEED = 900_000;

/**
 * @typedef {object} ScalingSize
 * @property {number[]} trainers
 * @property {number} lambdas
 * @property {number} seeds
 * @property {number} stepSize half of the steps
 * @property {number} images
 * @property {number} rounds
 * @property {boolean} keepDisturbed
 */

/** @type {Record<'full' | 'quick' | 'smallest', ScalingSize>} */
const SCALING_SIZES = {
  full: {
    trainers: [1, 2, 4],
    lambdas: 20,
    seeds: 5,
    stepSize: 450,
    images: 45_000,
    rounds: 2,
    keepDisturbed: false,
  },
  quick: {
    trainers: [1, 2, 4],
    lambdas: 20,
    seeds: 5,
    stepSize: 100,
    images: 10_000,
    rounds: 1,
    keepDisturbed: true,
  },
  smallest: {
    trainers: [1, 2],
    lambdas: 4,
    seeds: 2,
    stepSize: 50,
    images: 1_000,
    rounds: 1,
    keepDisturbed: true,
  },
};

/**
 * @param {object} options
 * @param {'full' | 'quick' | 'smallest'} options.sizeName
 * @param {(text: string) => void} options.say
 */
export async function runScalingBench({ sizeName, say }) {
  const size = SCALING_SIZES[sizeName];
  const result = {
    schemaVersion: 1,
    date: new Date().toISOString(),
    size: sizeName,
    machine: describeMachine(),
    versions: describeVersions(),
    settings: { ...size, coresEach: CORES_EACH, packRuns: PACK_RUNS },
  };
  const coresNeeded = CORES_EACH * Math.max(...size.trainers);
  if (coreCount() < coresNeeded) return { ...result, skipped: `it takes ${coresNeeded} cores` };
  const limit = openCpuLimit(CORES_EACH);
  if ('reason' in limit) return { ...result, skipped: limit.reason };
  try {
    return { ...result, limit: limit.kind, ...(await measure(size, limit, say)) };
  } finally {
    limit.remove();
  }
}

/**
 * @param {ScalingSize} size
 * @param {import('./cpu-limit.mjs').CpuLimit} limit
 * @param {(text: string) => void} say
 */
async function measure(size, limit, say) {
  const system = await SeedbedSystem.start({ trainers: 0 });
  let nextSeed = 1;
  let nextWarmUpSeed = WARM_UP_SEED;
  try {
    /** @type {Map<number, number[]>} */
    const seconds = new Map(size.trainers.map((trainers) => [trainers, []]));
    for (let round = 0; round < size.rounds; round += 1) {
      // A round ends with most trainers and the next begins with one; the new ones are warmed up again.
      await system.endTrainers();
      for (const trainers of size.trainers) {
        await system.startTrainersUntil(trainers, {
          wrap: limit.wrap,
          environment: { SEEDBED_PACK_RUNS_MAX: String(PACK_RUNS) },
        });
        await system.completed(await system.launch(warmUpSpec(size, trainers, nextWarmUpSeed)));
        nextWarmUpSeed += size.seeds;
        const { value } = await undisturbed(
          async () => {
            const startedAt = performance.now();
            await system.completed(await system.launch(specOf(size, nextSeed)));
            nextSeed += size.seeds;
            return (performance.now() - startedAt) / 1000;
          },
          { keepDisturbed: size.keepDisturbed, say },
        );
        seconds.get(trainers)?.push(value);
        say(`${trainers} trainers, round ${round + 1} of ${size.rounds}: ${value.toFixed(1)} s`);
      }
    }
    return summarise(size, seconds);
  } finally {
    await system.stop();
  }
}

/** @param {ScalingSize} size @param {ReadonlyMap<number, number[]>} seconds */
function summarise(size, seconds) {
  const medians = size.trainers.map((trainers) => ({
    trainers,
    seconds: median(seconds.get(trainers) ?? []),
  }));
  const alone = medians[0]?.seconds ?? NaN;
  return {
    runs: size.lambdas * size.seeds,
    steps: 2 * size.stepSize,
    measured: medians.map(({ trainers, seconds: value }) => ({
      trainers,
      seconds: value,
      all: seconds.get(trainers) ?? [],
      timesFaster: alone / value,
    })),
  };
}

/** @param {ScalingSize} size @param {number} firstSeed */
function specOf({ lambdas, seeds, stepSize, images }, firstSeed) {
  return {
    seedbed: 1,
    name: 'scaling',
    data: { set: 'cifar10', order: 'file', train: { first: 0, count: images }, validation: VALIDATION },
    training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize, cycles: 1 } },
    seeds: { first: firstSeed, count: seeds },
    parameters: { lambda: { min: 1e-5, max: 0.1, scale: 'log', count: lambdas } },
  };
}

/**
 * A block for every trainer and one over, through every batch once: images and what is prepared from them are there then.
 * @param {ScalingSize} size
 * @param {number} trainers
 * @param {number} firstSeed
 */
function warmUpSpec(size, trainers, firstSeed) {
  const stepSize = Math.ceil(Math.min(size.stepSize, size.images / 200));
  return { ...specOf({ ...size, lambdas: trainers + 1, stepSize }, firstSeed), name: 'warm-up' };
}
