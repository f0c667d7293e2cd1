// What it costs that nothing is lost: the processor time of a trainer's supervisor, which claims, renews locks, sends heartbeats and
// progress and commits every result, beside that of the child that trains. The whole supervisor is an upper bound of its commits.
import { readFileSync } from 'node:fs';
import { describeMachine, describeVersions } from './machine.mjs';
import { COARSE_RANGE } from './networks.mjs';
import { usageOf } from './process-usage.mjs';
import { SeedbedSystem } from './seedbed-system.mjs';

const VALIDATION = { first: 45_000, count: 5_000 };
/** Of the sweep that warms the child up; none of the measured one's, whose results would be known. */
const WARM_UP_SEED = 900_000;

/**
 * @typedef {{lambdas: number, seeds: number, stepSize: number, cycles: number, images: number}} PriceSize
 * @type {Record<'full' | 'quick' | 'smallest', PriceSize>}
 */
const PRICE_SIZES = {
  // As the report's coarse search.
  full: { lambdas: 20, seeds: 5, stepSize: 900, cycles: 2, images: 45_000 },
  quick: { lambdas: 10, seeds: 5, stepSize: 200, cycles: 1, images: 10_000 },
  smallest: { lambdas: 2, seeds: 2, stepSize: 50, cycles: 1, images: 1_000 },
};

/**
 * @param {object} options
 * @param {'full' | 'quick' | 'smallest'} options.sizeName
 * @param {(text: string) => void} options.say
 */
export async function runPriceBench({ sizeName, say }) {
  const size = PRICE_SIZES[sizeName];
  const system = await SeedbedSystem.start({ trainers: 0 });
  try {
    await system.startTrainersUntil(1, { wrap: (program, words) => ({ program, words }), environment: {} });
    const [supervisorId = 0] = system.trainerIds;
    const childIds = childrenOf(supervisorId);
    await system.completed(await system.launch(specOf({ ...size, lambdas: 2 }, WARM_UP_SEED)));
    say('the trainer is warm');
    const used = () => ({
      supervisor: usageOf(supervisorId).processorSeconds,
      children: childIds.reduce((sum, id) => sum + usageOf(id).processorSeconds, 0),
    });
    const before = used();
    const startedAt = performance.now();
    await system.completed(await system.launch(specOf(size, 1)));
    const seconds = (performance.now() - startedAt) / 1000;
    const after = used();
    const supervisorSeconds = after.supervisor - before.supervisor;
    const childSeconds = after.children - before.children;
    const runs = size.lambdas * size.seeds;
    return {
      schemaVersion: 1,
      date: new Date().toISOString(),
      size: sizeName,
      machine: describeMachine(),
      versions: describeVersions(),
      settings: size,
      runs,
      seconds,
      supervisorSeconds,
      childSeconds,
      supervisorMsPerRun: (1000 * supervisorSeconds) / runs,
      share: supervisorSeconds / (supervisorSeconds + childSeconds),
    };
  } finally {
    await system.stop();
  }
}

/** @param {number} processId @returns {number[]} */
function childrenOf(processId) {
  const text = readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** @param {PriceSize} size @param {number} firstSeed */
function specOf({ lambdas, seeds, stepSize, cycles, images }, firstSeed) {
  return {
    seedbed: 1,
    name: 'price',
    data: { set: 'cifar10', order: 'file', train: { first: 0, count: images }, validation: VALIDATION },
    training: { schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize, cycles } },
    evaluation: { cadence: 'cycle' },
    seeds: { first: firstSeed, count: seeds },
    parameters: { lambda: { ...COARSE_RANGE, scale: 'log', count: lambdas } },
  };
}
