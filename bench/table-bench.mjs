// Throughput per network against pack size, hidden units and batch size, beside one network at a time.
import { askAll, OWN_CONTENDERS, startContender, stopContender } from './contenders.mjs';
import { undisturbed } from './foreign-load.mjs';
import { coreCount, describeMachine, describeVersions } from './machine.mjs';
import { BATCH_SIZE, coarseNetworks, flopPerNetworkStep } from './networks.mjs';
import { speedOf } from './rounds.mjs';
import { median, spreadOf } from './statistics.mjs';

/**
 * @typedef {import('./contenders.mjs').Contender} Contender
 * @typedef {{batchSize: number, hidden: number, networks: number}} CellShape networks 0: hand-written, one at a time
 * @typedef {CellShape & {milliseconds: import('./statistics.mjs').Spread, discarded: number}} Cell
 */

const PACK_SIZES = [1, 2, 5, 10, 25, 50, 100, 200];
const HIDDEN_SIZES = [10, 50, 200, 500];
const BATCH_SIZES = [32, 100, 200, 500];
/** A trainer packs no more columns than this into a child (apps/trainer, pack-width.ts). */
const PACK_HIDDEN_UNITS_MAX = 10_000;

const SHAPES = {
  full: { packSizes: PACK_SIZES, hiddenSizes: HIDDEN_SIZES, batchSizes: BATCH_SIZES },
  quick: { packSizes: [1, 5, 25], hiddenSizes: [50], batchSizes: [BATCH_SIZE] },
  smallest: { packSizes: [1, 3], hiddenSizes: [10], batchSizes: [BATCH_SIZE] },
};

/** Work of a cell in floating-point operations of one process in full: about a second at 150 GFLOP/s. */
const CELL_FLOP = 1.5e11;
/** The engine's measurement leaves out the first and the last window. */
const STEPS_MIN = 40;
/** Dispatch, not arithmetic, is what small packs spend their time on. */
const STEPS_MAX = 600;

/**
 * @param {object} options
 * @param {keyof typeof SHAPES} options.sizeName
 * @param {import('./sizes.mjs').Size} options.size
 * @param {(text: string) => void} options.say
 */
export async function runTableBench({ sizeName, size, say }) {
  const full = sizeName === 'full';
  const { packSizes, hiddenSizes, batchSizes } = SHAPES[sizeName];
  const steps = (/** @type {CellShape} */ shape) => stepsFor(shape, size.scale);
  const processes = size.processes || coreCount();
  const [engineKind, handKind] = OWN_CONTENDERS;
  if (!engineKind || !handKind) throw new Error('there are an engine and a hand-written contender');
  /** @type {Cell[]} */
  const cells = [];
  /** @type {Contender[]} */
  const started = [];
  try {
    const engine = await startContender(engineKind, processes);
    const handWritten = await startContender(handKind, processes);
    started.push(engine, handWritten);
    for (const batchSize of batchSizes) {
      for (const contender of started) {
        await askAll(contender, 'prepare', () => ({
          train: size.train,
          validation: size.validation,
          batchSize,
        }));
      }
      // The first pass over the images computes their Gram matrices.
      await measureCell(
        engine,
        { batchSize, hidden: 10, networks: 1 },
        Math.ceil(size.train.count / batchSize) + 40,
      );
      for (const hidden of hiddenSizes) {
        const fitting = packSizes.filter((count) => count * hidden <= PACK_HIDDEN_UNITS_MAX);
        const shapes = [0, ...fitting].map((networks) => ({ batchSize, hidden, networks }));
        cells.push(
          ...(await measureRow({ engine, handWritten }, shapes, {
            rounds: full ? 3 : 1,
            steps,
            keepDisturbed: !full,
            say,
          })),
        );
        say(`batch ${batchSize}, ${hidden} hidden units`);
      }
    }
  } finally {
    for (const contender of started) stopContender(contender);
  }
  return {
    schemaVersion: 1,
    date: new Date().toISOString(),
    size: sizeName,
    machine: describeMachine(),
    versions: describeVersions(),
    settings: { processes, packHiddenUnitsMax: PACK_HIDDEN_UNITS_MAX },
    cells,
    gains: gainsOf(cells),
  };
}

/**
 * Cells of one batch size and width, interleaved.
 * @param {{engine: Contender, handWritten: Contender}} contenders
 * @param {readonly CellShape[]} shapes
 * @param {import('./foreign-load.mjs').Watch & {rounds: number, steps: (shape: CellShape) => number}} options
 * @returns {Promise<Cell[]>}
 */
async function measureRow({ engine, handWritten }, shapes, { rounds, steps, ...watch }) {
  const times = shapes.map(() => /** @type {number[]} */ ([]));
  const discardedOf = shapes.map(() => 0);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, shape] of shapes.entries()) {
      const contender = shape.networks === 0 ? handWritten : engine;
      const { value, discarded } = await undisturbed(
        () => measureCell(contender, shape, steps(shape)),
        watch,
      );
      times[index]?.push(value);
      discardedOf[index] = (discardedOf[index] ?? 0) + discarded;
    }
  }
  return shapes.map((shape, index) => ({
    ...shape,
    milliseconds: spreadOf(times[index] ?? []),
    discarded: discardedOf[index] ?? 0,
  }));
}

/**
 * @param {Contender} contender
 * @param {CellShape} shape
 * @param {number} steps
 * @returns {Promise<number>} milliseconds of one step of one network, all cores together
 */
async function measureCell(contender, shape, steps) {
  const count = Math.max(1, shape.networks);
  const answers = await askAll(contender, 'train', () => ({
    networks: coarseNetworks(0, count),
    hidden: shape.hidden,
    steps: 2 * Math.ceil(steps / 2),
    judge: false,
  }));
  return 1000 / speedOf(answers);
}

/**
 * @param {CellShape} shape
 * @param {number} scale of the work
 */
function stepsFor({ batchSize, hidden, networks }, scale) {
  const flop = flopPerNetworkStep({ batchSize, hidden }) * Math.max(1, networks);
  return Math.min(scale * STEPS_MAX, Math.max(STEPS_MIN, Math.round((scale * CELL_FLOP) / flop)));
}

/**
 * Each pack beside the faster way to train one at a time, and a pack of one beside gradients by hand; least gain first.
 * @param {readonly Cell[]} cells
 */
function gainsOf(cells) {
  return cells
    .filter(({ networks }) => networks > 0)
    .map((cell) => {
      const { batchSize, hidden, networks, milliseconds } = cell;
      const byHand = cellTime(cells, { batchSize, hidden, networks: 0 }) ?? NaN;
      const one = networks === 1 ? byHand : oneAtATime(cells, cell);
      return { batchSize, hidden, networks, gain: one / milliseconds.median };
    })
    .sort((a, b) => a.gain - b.gain);
}

/**
 * The engine with a pack of one, or gradients by hand, whichever is faster.
 * @param {readonly Cell[]} cells
 * @param {{batchSize: number, hidden: number}} at
 */
function oneAtATime(cells, { batchSize, hidden }) {
  const singles = cells.filter(
    (cell) => cell.batchSize === batchSize && cell.hidden === hidden && cell.networks <= 1,
  );
  return Math.min(...singles.map(({ milliseconds }) => milliseconds.median));
}

/** @param {readonly Cell[]} cells @param {CellShape} shape */
export function cellTime(cells, { batchSize, hidden, networks }) {
  return cells.find(
    (cell) => cell.batchSize === batchSize && cell.hidden === hidden && cell.networks === networks,
  )?.milliseconds.median;
}

/** @param {readonly Cell[]} cells @param {(cell: Cell) => number} of */
export const distinct = (cells, of) => [...new Set(cells.map(of))].sort((a, b) => a - b);

/** @param {readonly Cell[]} cells */
export const discardedIn = (cells) => cells.reduce((total, { discarded }) => total + discarded, 0);

/** @param {readonly Cell[]} cells */
export const spreadWidth = (cells) =>
  median(cells.map(({ milliseconds: { min, max, median: middle } }) => (max - min) / middle));
