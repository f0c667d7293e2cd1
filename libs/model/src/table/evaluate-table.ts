/**
 * What networks say of rows, judged on the host in float64, row by row, so that a number depends on a network's outputs
 * only: accuracy and log loss of classes, mean squared error and R² of a regression.
 */
import type { Evaluation } from '@seedbed/contracts';
import { tallyLogits } from '../evaluate.js';
import type { Kernels } from '../kernels.js';
import type { MlpGroup } from './mlp-group.js';
import type { TableBatches } from './table-batches.js';
import type { TableData, TableRows } from './table-data.js';

export interface RegressionScore {
  /** In the square of the target's own unit; null where it is no finite number. */
  readonly meanSquaredError: number | null;
  /** 1 − squared error ÷ that of the mean of these rows; null where all targets are equal. */
  readonly rSquared: number | null;
}

/** One for each network of the group that still trains, in its order. */
export function evaluateClasses(
  kernels: Kernels,
  group: MlpGroup,
  { batches, part }: { readonly batches: TableBatches; readonly part: TableRows },
): Evaluation[] {
  const tallies = Array.from({ length: group.size }, () => ({ correct: 0, count: 0, loss: 0 }));
  for (const { rows, first, count } of batches.chunksOf(part)) {
    const outputs = group.outputsOf(rows);
    tallyLogits(kernels.download(outputs), part.labels.subarray(first, first + count), tallies);
    kernels.dispose(rows, outputs);
  }
  return tallies.map(({ correct, count, loss }) => {
    const mean = loss / count;
    const known = Number.isFinite(mean) ? mean : null;
    return { accuracy: { correct, count }, loss: known, cost: known };
  });
}

/** As `evaluateClasses`, of a regression. */
export function evaluateNumbers(
  kernels: Kernels,
  group: MlpGroup,
  {
    batches,
    part,
    data,
  }: {
    readonly batches: TableBatches;
    readonly part: TableRows;
    readonly data: Pick<TableData, 'outputCount'>;
  },
): RegressionScore[] {
  const errors = new Float64Array(group.size);
  for (const { rows, first, count } of batches.chunksOf(part)) {
    const outputs = group.outputsOf(rows);
    const values = kernels.download(outputs);
    for (let network = 0; network < group.size; network++) {
      for (let row = 0; row < count; row++) {
        const error =
          (values[network * data.outputCount * count + row] ?? NaN) - (part.targets[first + row] ?? NaN);
        errors[network] = (errors[network] ?? 0) + error * error;
      }
    }
    kernels.dispose(rows, outputs);
  }
  const total = squaresAboutMean(part.targets);
  const scale = batches.fold.targetScale ** 2;
  return Array.from(errors, (error) => {
    const meanSquaredError = (scale * error) / part.count;
    const rSquared = 1 - error / total;
    return {
      meanSquaredError: Number.isFinite(meanSquaredError) ? meanSquaredError : null,
      rSquared: Number.isFinite(rSquared) ? rSquared : null,
    };
  });
}

function squaresAboutMean(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
