import fc from 'fast-check';
import { WAITING_BLOCKS_MIN, shareRoom, waitingBlocksWanted } from './fair-share.js';

const sharer = (sweepId: string, inQueue: number, pending: number, weight = 1) => ({
  sweepId,
  inQueue,
  pending,
  weight,
});

describe('waitingBlocksWanted', () => {
  const trainer = (children: number, runsMax?: number, state: 'training' | 'draining' = 'training') => ({
    children,
    state,
    ...(runsMax !== undefined && {
      packing: {
        runsMax,
        hiddenUnitsMax: 2_500,
        reason: '',
        grantedBytes: 0,
        estimatedBytes: 0,
        peakBytes: null,
      },
    }),
  });

  it('grows with the children alive and never goes below what fills a first trainer', () => {
    expect(waitingBlocksWanted([], 5)).toBe(WAITING_BLOCKS_MIN);
    expect(waitingBlocksWanted([trainer(3)], 5)).toBe(120);
    expect(waitingBlocksWanted([trainer(50, 50, 'draining')], 5)).toBe(WAITING_BLOCKS_MIN);
  });

  it('is as deep as the widths that trainers say, counted in blocks of that size', () => {
    expect(waitingBlocksWanted([trainer(4, 24)], 5)).toBe(4 * 4 * 5);
    expect(waitingBlocksWanted([trainer(4, 24), trainer(1, 100)], 5)).toBe(4 * 4 * 5 + 4 * 20);
    expect(waitingBlocksWanted([trainer(4, 25)], 1)).toBe(4 * 4 * 25);
  });
});

describe('shareRoom', () => {
  it('fills up who has least in the queue first', () => {
    const places = shareRoom(4, [sharer('old', 2, 100), sharer('new', 0, 100)]);
    expect(places).toEqual(['new', 'new', 'old', 'new']);
  });

  it('takes turns, so that a short sweep does not wait behind a long one', () => {
    expect(shareRoom(6, [sharer('long', 0, 100), sharer('short', 0, 2)])).toEqual([
      'long',
      'short',
      'long',
      'short',
      'long',
      'long',
    ]);
  });

  it('takes weights into account', () => {
    const places = shareRoom(9, [sharer('a', 0, 100, 2), sharer('b', 0, 100)]);
    expect(places.filter((sweepId) => sweepId === 'a')).toHaveLength(6);
  });

  it('gives nothing when there is no room', () => {
    expect(shareRoom(-5, [sharer('a', 0, 1)])).toEqual([]);
  });

  it('wastes no place, gives nobody more than they have and keeps loads level', () => {
    const arbitrary = fc.array(fc.record({ inQueue: fc.nat(50), pending: fc.nat(50) }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.nat(200), arbitrary, (room, loads) => {
        const sharers = loads.map(({ inQueue, pending }, index) => sharer(`s${index}`, inQueue, pending));
        const places = shareRoom(room, sharers);
        const given = (sweepId: string) => places.filter((place) => place === sweepId).length;
        const pending = sharers.reduce((sum, one) => sum + one.pending, 0);
        expect(places).toHaveLength(Math.min(room, pending));
        for (const one of sharers) {
          expect(given(one.sweepId)).toBeLessThanOrEqual(one.pending);
          if (given(one.sweepId) === one.pending) continue;
          // Who could have had more is not behind anybody who was given something.
          for (const other of sharers) {
            if (given(other.sweepId) === 0) continue;
            const others = other.inQueue + given(other.sweepId);
            expect(others).toBeLessThanOrEqual(one.inQueue + given(one.sweepId) + 1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
