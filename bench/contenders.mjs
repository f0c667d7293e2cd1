// Who is measured: each contender is a process of one thread for each core, and how much it does in a round.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findWrappers } from '../apps/trainer/dist/child-command.js';
import { coreCount } from './machine.mjs';
import { WorkerProcess } from './worker-process.mjs';

/**
 * @typedef {object} ContenderKind
 * @property {string} name key of the results
 * @property {string} label for people
 * @property {string[]} program
 * @property {number} networks trained by each process in a round
 * @property {readonly number[]} [packSizes] to choose `networks` from, by speed
 * @property {number} steps of each of them, for a round of about two seconds
 * @property {Record<string, string | undefined>} [environment] undefined: not set
 * @property {'end' | 'epoch'} [cadence]
 *
 * @typedef {{name: string, label: string, kind: ContenderKind, workers: WorkerProcess[]}} Contender
 */

const script = (/** @type {string} */ name) => join(import.meta.dirname, 'workers', name);

/** Networks that a process of the packed engine trains together, as a trainer's child does in the coarse stage. */
export const PACK_NETWORKS = 25;

/** @type {ContenderKind} */
export const PEAK = {
  name: 'peak',
  label: 'TensorFlow’s matrix product',
  program: [script('peak.mjs')],
  networks: 0,
  steps: 0,
};

/** The memory allocator as a process finds it by default, in place of what a training child is given. */
const ALLOCATOR_DEFAULTS = {
  GLIBC_TUNABLES: undefined,
  MALLOC_ARENA_MAX: undefined,
  MALLOC_MMAP_THRESHOLD_: undefined,
  MALLOC_TOP_PAD_: undefined,
  MALLOC_TRIM_THRESHOLD_: undefined,
};

/** @type {ContenderKind[]} */
export const OWN_CONTENDERS = [
  {
    name: 'engine',
    label: 'Seedbed’s packed engine',
    program: [script('engine.mjs')],
    networks: PACK_NETWORKS,
    steps: 200,
  },
  {
    name: 'engineNormalPages',
    label: 'the packed engine without huge pages',
    program: [script('engine.mjs')],
    networks: PACK_NETWORKS,
    steps: 200,
    environment: { GLIBC_TUNABLES: undefined },
  },
  {
    name: 'enginePlain',
    label: 'the packed engine with the memory allocator’s defaults',
    program: [script('engine.mjs')],
    networks: PACK_NETWORKS,
    steps: 200,
    environment: ALLOCATOR_DEFAULTS,
  },
  {
    name: 'handWritten',
    label: 'tfjs-node, gradients by hand, one network at a time',
    program: [script('hand-written.mjs')],
    networks: 1,
    steps: 600,
  },
  {
    name: 'modelFit',
    label: 'tfjs-node, `model.fit`, one network at a time',
    program: [script('model-fit.mjs')],
    networks: 1,
    steps: 400,
  },
  {
    name: 'modelFitPlain',
    label: 'tfjs-node, `model.fit`, with the memory allocator’s defaults',
    program: [script('model-fit.mjs')],
    networks: 1,
    steps: 400,
    environment: ALLOCATOR_DEFAULTS,
  },
];

/**
 * @param {ContenderKind} kind
 * @param {number} [processes] one per core by default
 * @returns {Promise<Contender>}
 */
export async function startContender(kind, processes = coreCount()) {
  const missing = kind.program.find((word) => word.startsWith('/') && !existsSync(word));
  if (missing) throw new Error(`${missing} is missing`);
  const wrappers = await findWrappers(processes);
  const workers = Array.from(
    { length: processes },
    (_, slotIndex) =>
      new WorkerProcess({
        name: `${kind.name} ${slotIndex + 1}`,
        program: kind.program,
        slotIndex,
        wrappers,
        environment: kind.environment ?? {},
      }),
  );
  return { name: kind.name, label: kind.label, kind, workers };
}

/**
 * All processes at the same time.
 * @param {Contender} contender
 * @param {string} task
 * @param {(index: number) => unknown} settingsOf
 * @returns {Promise<any[]>}
 */
export function askAll({ workers }, task, settingsOf) {
  return Promise.all(workers.map((worker, index) => worker.ask(task, settingsOf(index))));
}

/** @param {Contender} contender */
export function stopContender({ workers }) {
  for (const worker of workers) worker.stop();
}
