/** One suite for both implementations of the kernels, against naive float64 arithmetic. */
import { type Backend, openBackend } from './backend.js';
import type { Kernels, Tensor } from './kernels.js';

describe.each(['tensorflow', 'wasm'] as const)('kernels of %s', (name) => {
  let backend: Backend;
  let kernels: Kernels;
  let live: number;
  beforeAll(async () => {
    backend = await openBackend(name === 'wasm' ? { SEEDBED_KERNELS: 'wasm' } : {});
    kernels = backend.kernels;
  });
  beforeEach(() => (live = kernels.liveCount()));
  afterEach(() => expect(kernels.liveCount()).toBe(live));

  const values = (count: number, offset = 0) =>
    Float32Array.from({ length: count }, (_, index) => Math.sin(index * 1.7 + offset) * 3);

  /** Runs an operation on uploaded operands, frees everything, and gives the result's values and shape. */
  const run = (operation: (...operands: Tensor[]) => Tensor, ...operands: [Float32Array, number[]][]) => {
    const uploaded = operands.map(([data, shape]) => kernels.upload(data, shape));
    const result = operation(...uploaded);
    const answer = { values: Array.from(kernels.download(result)), shape: [...result.shape] };
    kernels.dispose(result, ...uploaded);
    return answer;
  };
  const close = (actual: readonly number[], expected: readonly number[]) => {
    expect(actual.length).toBe(expected.length);
    actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 4));
  };

  it('run on the backend that they say', () => {
    if (name === 'tensorflow' && backend.name !== 'tensorflow') {
      process.stderr.write(`SKIPPED: native kernels (${backend.fallbackReason})\n`);
      return;
    }
    expect(backend.name).toBe(name);
    expect(backend.numericsClass.startsWith(name)).toBe(true);
  });

  // 500 × 3,072 numbers: large enough for memory of its own, which TensorFlow likes to take over.
  it.each([1, 15, 16, 4_096, 500 * 3_072])('copy %i values from a staging array', (count) => {
    const staging = kernels.staging(count + 5);
    const uploaded = [1, 2, 3].map((value) =>
      kernels.upload(staging.subarray(0, count).fill(value), [count]),
    );
    staging.fill(NaN);
    const seen = uploaded.map((tensor) => new Set(kernels.download(tensor)));
    expect(seen).toEqual([new Set([1]), new Set([2]), new Set([3])]);
    kernels.dispose(...uploaded);
  });

  it.each([
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ])('multiply batches of matrices, transposed %s, %s', (a, b) => {
    const [networks, rows, inner, columns] = [3, 4, 5, 2];
    const left = values(networks * rows * inner);
    const right = values(networks * inner * columns, 1);
    const leftAt = (n: number, i: number, j: number) =>
      left[n * rows * inner + (a ? j * rows + i : i * inner + j)] ?? NaN;
    const rightAt = (n: number, i: number, j: number) =>
      right[n * inner * columns + (b ? j * inner + i : i * columns + j)] ?? NaN;
    const expected: number[] = [];
    for (let n = 0; n < networks; n++) {
      for (let i = 0; i < rows; i++) {
        for (let k = 0; k < columns; k++) {
          let sum = 0;
          for (let j = 0; j < inner; j++) sum += leftAt(n, i, j) * rightAt(n, j, k);
          expected.push(sum);
        }
      }
    }
    const product = run(
      (x, y) => kernels.matMul(x, y, { a, b }),
      [left, a ? [networks, inner, rows] : [networks, rows, inner]],
      [right, b ? [networks, columns, inner] : [networks, inner, columns]],
    );
    expect(product.shape).toEqual([networks, rows, columns]);
    close(product.values, expected);
  });

  it('broadcast elementwise operations over networks', () => {
    const [x, y] = [values(12), values(2, 1)];
    const each = (operation: (a: number, b: number) => number) =>
      Array.from(x, (value, index) => operation(value, y[Math.floor(index / 6)] ?? NaN));
    const shapes = [
      [x, [2, 3, 2]] as [Float32Array, number[]],
      [y, [2, 1, 1]] as [Float32Array, number[]],
    ] as const;
    close(
      run((a, b) => kernels.add(a, b), ...shapes).values,
      each((a, b) => a + b),
    );
    close(
      run((a, b) => kernels.subtract(a, b), ...shapes).values,
      each((a, b) => a - b),
    );
    close(
      run((a, b) => kernels.multiply(a, b), ...shapes).values,
      each((a, b) => a * b),
    );
    close(
      run((a, b) => kernels.divide(a, b), ...shapes).values,
      each((a, b) => a / b),
    );
  });

  it('pass a gradient through ReLU where the activation is positive', () => {
    const x = Float32Array.of(-1, 0, 2, 3);
    expect(run((a) => kernels.relu(a), [x, [4]]).values).toEqual([0, 0, 2, 3]);
    const gradient = Float32Array.of(5, 6, 7, 8);
    expect(run((g, a) => kernels.reluGradient(g, a), [gradient, [4]], [x, [4]]).values).toEqual([0, 0, 7, 8]);
  });

  it('reduce an axis and keep it', () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 9);
    expect(run((a) => kernels.sum(a, 1), [x, [2, 3]])).toEqual({ values: [6, 18], shape: [2, 1] });
    expect(run((a) => kernels.max(a, 0), [x, [2, 3]])).toEqual({ values: [4, 5, 9], shape: [1, 3] });
  });

  it('join, cut and choose', () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect(run((a, b) => kernels.concat([a, b], 1), [x, [2, 3]], [x, [2, 3]]).values).toEqual([
      1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
    ]);
    expect(run((a) => kernels.slice(a, [0, 1], [2, 2]), [x, [2, 3]]).values).toEqual([2, 3, 5, 6]);
    expect(run((a) => kernels.gather(a, Int32Array.of(1, 0, 1)), [x, [2, 3]])).toEqual({
      values: [4, 5, 6, 1, 2, 3, 4, 5, 6],
      shape: [3, 3],
    });
    expect(run((a) => kernels.reshape(a, [3, 2]), [x, [2, 3]]).shape).toEqual([3, 2]);
    const whole = kernels.upload(x, [2, 3]);
    const parts = kernels.unstack(whole, 1);
    expect(parts.map((part) => Array.from(kernels.download(part)))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    kernels.dispose(whole, ...parts);
  });

  // Without padding, TensorFlow rounds about one in a hundred values otherwise at a tensor's end than in its middle.
  it('raise e to a value with the same bits wherever it stands', () => {
    for (let length = 1; length <= 130; length++) {
      const long = values(256, length);
      const exact = run((a) => kernels.exp(a), [long, [256]]).values.slice(0, length);
      expect(run((a) => kernels.exp(a), [long.slice(0, length), [1, length]]).values).toEqual(exact);
      close(exact, Array.from(long.subarray(0, length), Math.exp));
    }
  });
});
