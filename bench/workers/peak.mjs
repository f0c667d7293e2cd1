// The machine's limit as TensorFlow reaches it: large float32 products of fixed shapes, through the engine's own kernels.
import { openBackend } from '@seedbed/model';
import { serve } from './serve.mjs';

/** m × k times k × n: the engine's two products for 25 networks and a window of 500 rows, and two squarer ones. */
const SHAPES = [
  [1250, 3072, 500],
  [1250, 500, 3072],
  [2048, 2048, 2048],
  [1024, 4096, 1024],
];

const { kernels } = await openBackend();

/** @param {number} rows @param {number} columns */
function made(rows, columns) {
  const values = Float32Array.from(
    { length: rows * columns },
    (_, index) => ((index * 7919) % 1000) / 500 - 1,
  );
  return kernels.upload(values, [rows, columns]);
}

const operands = SHAPES.map(([m = 0, k = 0, n = 0]) => ({ m, k, n, a: made(m, k), b: made(k, n) }));

await serve({
  prepare: () => undefined,
  /** @param {{seconds: number}} settings how long to measure each shape */
  measure({ seconds }) {
    return operands.map(({ m, k, n, a, b }) => {
      let count = 0;
      const startedAt = performance.now();
      let elapsed = 0;
      do {
        kernels.dispose(kernels.matMul(a, b));
        count += 1;
        elapsed = (performance.now() - startedAt) / 1000;
      } while (elapsed < seconds);
      return { shape: `${m}×${k}·${k}×${n}`, flopPerSecond: (count * 2 * m * k * n) / elapsed };
    });
  },
});
