import { windowBatches, windowsOfEpoch } from './windows.js';

// Where windows end decides the rounding of every run: other numbers here are other results under the same run id.
it.each([
  [1, 16],
  [31, 16],
  [32, 15],
  [100, 5],
  [200, 2],
  [250, 2],
  [251, 1],
  [450, 1],
  [500, 1],
  [501, 1],
  [10_000, 1],
])('batches of %d rows: windows of %d (raise ENGINE_VERSION when this changes)', (batchSize, batches) => {
  expect(windowBatches(batchSize)).toBe(batches);
});

it.each([
  // 45,000, 49,000 and 10,000 training images.
  { batches: 450, batchSize: 100, count: 90, last: [445, 5] },
  { batches: 490, batchSize: 100, count: 98, last: [485, 5] },
  { batches: 100, batchSize: 100, count: 20, last: [95, 5] },
  { batches: 450, batchSize: 32, count: 30, last: [435, 15] },
  { batches: 490, batchSize: 32, count: 33, last: [480, 10] },
  { batches: 100, batchSize: 32, count: 7, last: [90, 10] },
  { batches: 100, batchSize: 200, count: 50, last: [98, 2] },
  { batches: 99, batchSize: 200, count: 50, last: [98, 1] },
  { batches: 100, batchSize: 450, count: 100, last: [99, 1] },
  { batches: 3, batchSize: 100, count: 1, last: [0, 3] },
])(
  'an epoch of $batches batches of $batchSize rows: $count windows (raise ENGINE_VERSION when this changes)',
  ({ batches, batchSize, count, last }) => {
    const windows = windowsOfEpoch(batches, batchSize);
    expect(windows).toHaveLength(count);
    expect(windows.at(-1)).toEqual(last);
    // Without gaps, all but the last full.
    const full = windowBatches(batchSize);
    for (const [index, [first, length]] of windows.entries()) {
      expect(first).toBe(index * full);
      if (index < count - 1) expect(length).toBe(full);
    }
  },
);
