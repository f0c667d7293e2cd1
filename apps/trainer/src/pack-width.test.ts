import { childMemoryBytes, hiddenUnitsWithin } from './child-memory.js';
import { choosePacking } from './pack-width.js';

const GRANTED = 8e9;
/** Milliseconds a step as measured on two cores. */
const times = (...stepMs: number[]) =>
  stepMs.map((each, index) => ({ hiddenUnits: 250 * (index + 1), stepMs: each }));

describe('the width of packs', () => {
  it('is the narrowest that is as good as the fastest, whichever child measured it', () => {
    const measured = [times(0.25, 0.21, 0.197, 0.195), times(0.3, 0.2, 0.4, 0.194)];
    const packing = choosePacking({ measured, grantedBytes: GRANTED, packRunsMax: null });
    expect(packing).toMatchObject({ hiddenUnitsMax: 750, grantedBytes: GRANTED });
    expect(packing.reason).toBe(
      'measured: 0.197 ms a step of one network of 50 units, 1.5 % above the fastest of 4 widths',
    );
  });

  it('has a default where nothing could be measured, and is as a person says', () => {
    const nothing = { measured: [[]], grantedBytes: GRANTED };
    expect(choosePacking({ ...nothing, packRunsMax: null })).toMatchObject({
      hiddenUnitsMax: 2_500,
      reason: 'the default: nothing measured',
    });
    const byHand = choosePacking({ measured: [times(0.2)], grantedBytes: GRANTED, packRunsMax: 7 });
    expect(byHand).toMatchObject({ runsMax: 7, hiddenUnitsMax: 10_000, reason: 'SEEDBED_PACK_RUNS_MAX' });
  });

  it('never needs more memory than there is, down to one unit', () => {
    for (const grantedBytes of [2e9, 1.5e9, 1.2e9]) {
      const { hiddenUnitsMax, estimatedBytes, reason } = choosePacking({
        measured: [],
        grantedBytes,
        packRunsMax: 1_000,
      });
      expect(estimatedBytes).toBeLessThanOrEqual(grantedBytes);
      expect(childMemoryBytes(hiddenUnitsMax + 1)).toBeGreaterThan(grantedBytes);
      expect(reason).toBe(`SEEDBED_PACK_RUNS_MAX; memory allows ${hiddenUnitsMax} hidden units`);
    }
    expect(hiddenUnitsWithin(1e6)).toBe(1);
  });

  // Peak resident memory of the real child: images, hidden units of the pack, bytes.
  it.each([
    [1_500, 50, 0.43e9],
    [1_500, 1_250, 0.55e9],
    [1_500, 2_500, 0.64e9],
    [15_000, 1_250, 0.73e9],
    [50_000, 1_250, 1.19e9],
    [50_000, 2_500, 1.27e9],
  ])('is estimated from above for %d images and %d hidden units', (images, hiddenUnits, measured) => {
    const estimate = childMemoryBytes(hiddenUnits, images);
    expect(estimate).toBeGreaterThanOrEqual(measured);
    expect(estimate).toBeLessThan(1.25 * measured);
  });
});
