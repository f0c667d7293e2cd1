/**
 * An epoch's batches are cut into windows of T batches; the weight update of the first layer is applied once a window.
 * T changes the rounding, so it is a pure function of the batch size and thereby part of every run id.
 */

/**
 * Rows of a window: at about 500 rows both large products run near the machine's peak, while the correction term,
 * rows/2 ÷ inputs of the main product, stays under a tenth of it (measured for 3,072 inputs).
 */
const WINDOW_ROWS = 500;
/** Beyond this the correction's own dispatch costs more than the larger product gains. */
const WINDOW_BATCHES_MAX = 16;

/** T: how many batches' updates are applied together. */
export function windowBatches(batchSize: number): number {
  return Math.max(1, Math.min(WINDOW_BATCHES_MAX, Math.floor(WINDOW_ROWS / batchSize)));
}

/** The windows of one epoch as [first batch, number of batches]; the last may be shorter. */
export function windowsOfEpoch(batches: number, batchSize: number): readonly (readonly [number, number])[] {
  const length = windowBatches(batchSize);
  const windows: [number, number][] = [];
  for (let first = 0; first < batches; first += length)
    windows.push([first, Math.min(length, batches - first)]);
  return windows;
}
