// All contenders train the same networks, from the same initial weights, and must reach the same accuracy.
import { askAll } from './contenders.mjs';
import { HIDDEN } from './networks.mjs';
import { mean } from './statistics.mjs';

/** Two values of λ where regularisation does little and much. */
const LAMBDAS = [1e-4, 1e-2];
/**
 * Largest difference of mean validation accuracy. Weights, images and order are equal, so that only rounding differs; over a
 * training it moves single images from right to wrong and back.
 */
export const ACCURACY_TOLERANCE = 0.01;

/**
 * @param {readonly import('./contenders.mjs').Contender[]} contenders the first is the one that the others are held against
 * @param {{seeds: number, steps: number}} size
 * @returns {Promise<{networks: number, steps: number, tolerance: number, means: Record<string, number>, largestDifference: number}>}
 * @throws {Error} when one differs by more than the tolerance
 */
export async function compareAccuracies(contenders, { seeds, steps }) {
  const networks = LAMBDAS.flatMap((lambda) =>
    Array.from({ length: seeds }, (_, index) => ({ lambda, seed: 1 + index })),
  );
  /** @type {Record<string, number>} */
  const means = {};
  for (const contender of contenders) {
    const processes = contender.workers.length;
    const answers = await askAll(contender, 'train', (process) => ({
      networks: networks.filter((_, index) => index % processes === process % networks.length),
      hidden: HIDDEN,
      steps,
      judge: true,
    }));
    means[contender.name] = mean(answers.flatMap(({ accuracies }) => accuracies));
  }
  const expected = means[contenders[0]?.name ?? ''] ?? NaN;
  const largestDifference = Math.max(...Object.values(means).map((value) => Math.abs(value - expected)));
  if (!(largestDifference <= ACCURACY_TOLERANCE)) {
    throw new Error(`accuracies differ by more than ${ACCURACY_TOLERANCE}: ${JSON.stringify(means)}`);
  }
  return { networks: networks.length, steps, tolerance: ACCURACY_TOLERANCE, means, largestDifference };
}
