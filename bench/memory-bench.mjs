// Memory of a training child over repeated sweeps: the trainer's own child, started as the trainer starts it, with packs of
// networks of 50 units. apps/trainer/src/child-memory.ts estimates it; --images and --networks measure what that is checked by.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGINE_VERSION } from '@seedbed/contracts';
import { childCommand, childEnvironment, findWrappers } from '../apps/trainer/dist/child-command.js';
import { forkTrainingChild } from '../apps/trainer/dist/training-child.js';
import { coreCount, describeMachine, describeVersions } from './machine.mjs';
import { BATCH_SIZE, coarseNetworks, HIDDEN } from './networks.mjs';
import { median } from './statistics.mjs';
import { dataSettingsOf } from './workers/cifar10.mjs';
import { scheduleOf } from './workers/training.mjs';
import { repositoryRoot } from '../tools/bootstrap/repository.mjs';

/** The first sweep passes over all images once; the others are short, for it is beginnings and ends that could leak. */
const STEPS = 50;
/** The first sweeps fill the allocator's free lists. */
const SETTLED_AFTER = 5;
/** Flat: the last tenth's median above the first tenth's (after settling) by no more than this. */
const GROWTH_MAX = 0.02;
/** CIFAR-10's training files. */
const IMAGES_MAX = 50_000;
const DEADLINE_MS = 120_000;

/**
 * @param {object} options
 * @param {number} options.sweeps
 * @param {number} options.images for training and validation together, 9 to 1
 * @param {number} options.networks of each pack
 * @param {(text: string) => void} options.say
 */
export async function runMemoryBench({ sweeps, images, networks, say }) {
  if (!(sweeps > SETTLED_AFTER + 1)) throw new Error(`--sweeps: at least ${SETTLED_AFTER + 2}`);
  const split = splitOf(images);
  const wrappers = await findWrappers(coreCount());
  const child = await forkTrainingChild(
    {
      childPath: join(repositoryRoot, 'apps', 'trainer', 'dist', 'child.js'),
      childArguments: [],
      command: childCommand(0, wrappers),
      environment: childEnvironment(process.env),
      startDeadlineMs: DEADLINE_MS,
      hangDeadlineMs: DEADLINE_MS,
      memory: { grantedBytes: Infinity, limitBytes: Infinity },
      logger: silentLogger(),
    },
    new AbortController().signal,
  );
  /** @type {ReturnType<typeof memoryOf>[]} */
  const series = [];
  try {
    for (let sweep = 0; sweep < sweeps; sweep += 1) {
      const members = membersOf({
        steps: sweep === 0 ? 2 * Math.ceil(split.train.count / BATCH_SIZE / 2) : STEPS,
        networks,
        sweep,
        split,
      });
      const outcome = await child.train(
        { members, checkpoints: null, checkpointIntervalMs: null },
        {
          onProgress: () => undefined,
          onResult: () => undefined,
          onCheckpoint: () => undefined,
          onSignOfLife: () => undefined,
        },
      );
      if (outcome.kind !== 'done') throw new Error(`the child's pack ended in ${JSON.stringify(outcome)}`);
      series.push(memoryOf(child.processId));
      if (sweep % 10 === 0)
        say(`sweep ${sweep + 1} of ${sweeps}: ${megabytes(series.at(-1)?.residentBytes ?? 0)} MB`);
    }
  } finally {
    child.kill();
  }
  const resident = series.slice(SETTLED_AFTER).map(({ residentBytes }) => residentBytes);
  const tenth = Math.max(1, Math.floor(resident.length / 10));
  const [first, last] = [median(resident.slice(0, tenth)), median(resident.slice(-tenth))];
  return {
    schemaVersion: 1,
    date: new Date().toISOString(),
    machine: describeMachine(),
    versions: describeVersions(),
    settings: { sweeps, networks, hidden: HIDDEN, steps: STEPS, ...split },
    residentBytes: { first, last, max: Math.max(...series.map(({ residentBytes }) => residentBytes)) },
    fileBytes: series.at(-1)?.fileBytes ?? NaN,
    peakBytes: series.at(-1)?.peakBytes ?? NaN,
    growth: last / first - 1,
    flat: last / first - 1 <= GROWTH_MAX,
    growthMax: GROWTH_MAX,
    series,
  };
}

/** @param {number} images */
function splitOf(images) {
  const validation = Math.round(images / 10);
  const train = images - validation;
  if (!(train >= BATCH_SIZE && images <= IMAGES_MAX)) {
    throw new Error(`--images: from ${Math.ceil(BATCH_SIZE / 0.9)} to ${IMAGES_MAX}`);
  }
  return { train: { first: 0, count: train }, validation: { first: train, count: validation } };
}

/**
 * @param {{steps: number, networks: number, sweep: number, split: ReturnType<typeof splitOf>}} of
 * @returns {import('@seedbed/contracts').TrainSettings[]}
 */
function membersOf({ steps, networks, sweep, split }) {
  return coarseNetworks(0, networks).map(({ lambda, seed }) => ({
    task: 'train',
    engine: ENGINE_VERSION,
    data: dataSettingsOf(split),
    model: { kind: 'two-layer', hidden: HIDDEN },
    training: { lambda, batchSize: BATCH_SIZE, schedule: scheduleOf(steps) },
    evaluation: { cadence: 'cycle', train: false, test: false },
    seed: seed + 100 * sweep,
  }));
}

/**
 * VmRSS, the part of it that is pages of files (programs and libraries, shared by all children), and VmHWM of a process.
 * @param {number} processId
 */
function memoryOf(processId) {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  const bytes = (/** @type {string} */ name) =>
    1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN);
  return { residentBytes: bytes('VmRSS'), fileBytes: bytes('RssFile'), peakBytes: bytes('VmHWM') };
}

/** @returns {any} a logger that says nothing */
function silentLogger() {
  const nothing = () => undefined;
  return { debug: nothing, info: nothing, warn: nothing, error: nothing };
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
