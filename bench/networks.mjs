// Which networks are trained: the coarse stage's λ and seeds, and the arithmetic of one training step.

export const INPUTS = 3072;
export const CLASSES = 10;
export const HIDDEN = 50;
export const BATCH_SIZE = 100;

/** The three values that the report found best; further trials of the coarse stage. */
export const REPORT_LAMBDAS = [2.481e-3, 4.208e-5, 4.207e-5];
export const COARSE_RANGE = { min: 1.707e-5, max: 0.635 };

/**
 * The coarse stage's λ.
 * @param {number} count of the logarithmic grid
 */
export function coarseLambdas(count = 10) {
  const { min, max } = COARSE_RANGE;
  const grid = Array.from({ length: count }, (_, index) => min * (max / min) ** (index / (count - 1)));
  return [...grid, ...REPORT_LAMBDAS];
}

/**
 * Five seeds of each λ in turn, as blocks come from the queue.
 * @param {number} first
 * @param {number} count
 * @returns {import('./workers/training.mjs').NetworkChoice[]}
 */
export function coarseNetworks(first, count) {
  const lambdas = coarseLambdas();
  return Array.from({ length: count }, (_, place) => {
    const index = first + place;
    return { lambda: lambdas[Math.floor(index / 5) % lambdas.length] ?? 0, seed: 1 + (index % 5) };
  });
}

/**
 * Useful floating-point operations of one training step of one network: the first layer's two products, pre-activation and
 * weight gradient, 2·batch·inputs·hidden each. The second layer (0.5 % more at 50 hidden units) and everything elementwise
 * are not counted, nor is what packing adds (Gram matrices and corrections).
 * @param {{batchSize?: number, hidden?: number}} [network]
 */
export const flopPerNetworkStep = ({ batchSize = BATCH_SIZE, hidden = HIDDEN } = {}) =>
  4 * batchSize * INPUTS * hidden;

/**
 * Of evaluating one network on one image: the first layer's product.
 */
export const flopPerEvaluatedImage = 2 * INPUTS * HIDDEN;
