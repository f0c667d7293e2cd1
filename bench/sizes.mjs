// How much is measured: in full, quickly, and in the smallest run that still shows every part at work.

/**
 * @typedef {object} Size
 * @property {number} rounds
 * @property {number} scale of a contender's steps in a round
 * @property {number} processes 0 for one per core
 * @property {{first: number, count: number}} train images
 * @property {{first: number, count: number}} validation images
 * @property {number} peakSeconds for each shape in a round
 * @property {{seeds: number, steps: number}} accuracy
 * @property {{rounds: number, gridCount: number, seeds: number, stepSize: number, cycles: number} | null} system
 * @property {{rounds: number}} coarse of the peers
 * @property {boolean} keepDisturbed count rounds that others disturbed
 */

/** @type {Record<'full' | 'quick' | 'smallest', Size>} */
export const SIZES = {
  full: {
    rounds: 7,
    scale: 1,
    processes: 0,
    train: { first: 0, count: 10_000 },
    validation: { first: 45_000, count: 5_000 },
    peakSeconds: 0.25,
    accuracy: { seeds: 5, steps: 600 },
    system: { rounds: 3, gridCount: 10, seeds: 5, stepSize: 900, cycles: 2 },
    coarse: { rounds: 2 },
    keepDisturbed: false,
  },
  quick: {
    rounds: 3,
    scale: 0.4,
    processes: 0,
    train: { first: 0, count: 4_000 },
    validation: { first: 45_000, count: 1_000 },
    peakSeconds: 0.1,
    accuracy: { seeds: 1, steps: 100 },
    system: { rounds: 1, gridCount: 7, seeds: 5, stepSize: 225, cycles: 1 },
    coarse: { rounds: 1 },
    keepDisturbed: true,
  },
  smallest: {
    rounds: 2,
    scale: 0.1,
    processes: 1,
    train: { first: 0, count: 1_000 },
    validation: { first: 45_000, count: 500 },
    peakSeconds: 0.02,
    accuracy: { seeds: 1, steps: 40 },
    system: null,
    coarse: { rounds: 1 },
    keepDisturbed: true,
  },
};

/**
 * Even, because a cycle rises and falls, and enough for the engine's four windows.
 * @param {number} steps
 * @param {Size} size
 */
export const scaledSteps = (steps, { scale }) => Math.max(40, 2 * Math.round((steps * scale) / 2));
