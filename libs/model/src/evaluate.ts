/**
 * Accuracy and loss of networks on a set of rows. Logits come from the backend; the soft-max loss is summed on the host in
 * float64, row by row, so that its value depends on the network's logits alone.
 */
import type { Evaluation } from '@seedbed/contracts';
import type { Kernels, Tensor } from './kernels.js';
import type { WeightSnapshot } from './network-group.js';
import type { Chunk } from './prepared-data.js';

/** Counts and sums of one network so far. */
interface Tally {
  correct: number;
  count: number;
  loss: number;
}

/** `lambdas`: L2 strength of each network of the snapshot, in its order. */
export function evaluate(
  kernels: Kernels,
  weights: WeightSnapshot,
  chunks: readonly Chunk[],
  penalties: readonly number[],
): Evaluation[] {
  const tallies: Tally[] = penalties.map(() => ({ correct: 0, count: 0, loss: 0 }));
  for (const chunk of chunks) {
    const logits = logitsOf(kernels, weights, chunk.rows);
    tallyLogits(kernels.download(logits), chunk.labels, tallies);
    kernels.dispose(logits);
  }
  return tallies.map(({ correct, count, loss }, network) => {
    const mean = loss / count;
    const cost = mean + (penalties[network] ?? 0);
    return {
      accuracy: { correct, count },
      loss: Number.isFinite(mean) ? mean : null,
      cost: Number.isFinite(cost) ? cost : null,
    };
  });
}

/** λ(‖W1‖² + ‖W2‖²) of each network of a snapshot, in float64. */
export function penaltiesOf(kernels: Kernels, weights: WeightSnapshot, lambdas: readonly number[]): number[] {
  return lambdas.map((lambda, network) => {
    if (lambda === 0) return 0;
    const { W1, W2 } = downloadNetwork(kernels, weights, network);
    return lambda * (squareSum(W1) + squareSum(W2));
  });
}

/**
 * One network of a snapshot on the host: W1 hidden × inputs, b1, W2 hidden × classes, b2. One at a time, because all first
 * layers of a pack together are as large as its own.
 */
export function downloadNetwork(
  kernels: Kernels,
  weights: WeightSnapshot,
  network: number,
): { [Name in keyof WeightSnapshot]: Float32Array } {
  const [networks = 0] = weights.b1.shape;
  const part = (tensor: Tensor): Float32Array => {
    const [rows = 0, ...rest] = tensor.shape;
    const own = rows / networks;
    const slice = kernels.slice(tensor, [network * own, ...rest.map(() => 0)], [own, ...rest]);
    const values = kernels.download(slice);
    kernels.dispose(slice);
    return values;
  };
  return { W1: part(weights.W1), b1: part(weights.b1), W2: part(weights.W2), b2: part(weights.b2) };
}

/** K × classes × rows */
function logitsOf(kernels: Kernels, weights: WeightSnapshot, rows: Tensor): Tensor {
  const [networks = 0, hidden = 0] = weights.b1.shape;
  const product = kernels.matMul(weights.W1, rows, { b: true });
  const grouped = kernels.reshape(product, [networks, hidden, rows.shape[0] ?? 0]);
  const biased = kernels.add(grouped, weights.b1);
  const activation = kernels.relu(biased);
  const output = kernels.matMul(weights.W2, activation, { a: true });
  const logits = kernels.add(output, weights.b2);
  kernels.dispose(product, grouped, biased, activation, output);
  return logits;
}

export function tallyLogits(logits: Float32Array, labels: Uint8Array, tallies: readonly Tally[]): void {
  const rows = labels.length;
  const classes = logits.length / (rows * tallies.length);
  tallies.forEach((tally, network) => {
    const base = network * classes * rows;
    for (let row = 0; row < rows; row++) {
      const label = labels[row] ?? 0;
      let largest = -Infinity;
      let predicted = 0;
      for (let index = 0; index < classes; index++) {
        const value = logits[base + index * rows + row] ?? NaN;
        if (value > largest) {
          largest = value;
          predicted = index;
        }
      }
      let total = 0;
      for (let index = 0; index < classes; index++) {
        total += Math.exp((logits[base + index * rows + row] ?? NaN) - largest);
      }
      tally.loss += Math.log(total) + largest - (logits[base + label * rows + row] ?? NaN);
      if (predicted === label) tally.correct++;
    }
    tally.count += rows;
  });
}

function squareSum(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
