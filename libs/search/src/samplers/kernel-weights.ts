/** The latest so many trials count in full, those before them ever less, as in Optuna's TPESampler. */
const FULL_WEIGHT_TRIALS = 25;

/** Weights of so many observations in the order of their trials, then that of the prior (1 before); they sum to 1. */
export function kernelWeights(observations: number): number[] {
  const older = Math.max(0, observations - FULL_WEIGHT_TRIALS);
  const first = 1 / Math.max(1, observations);
  const weights = Array.from({ length: observations }, (_, index) =>
    index < older ? first + ((1 - first) * index) / Math.max(1, older - 1) : 1,
  );
  weights.push(1);
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
}
