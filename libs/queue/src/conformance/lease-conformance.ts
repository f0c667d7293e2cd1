/** What a conductor's lease promises of queue and store; each implementation's test file calls it with a way to make them. */
import { type Decision, jobIdOf } from '@seedbed/contracts';
import type { BlockQueue, Lease, SweepStore } from '../interfaces.js';
import { LeaseLostError } from '../lease-lost-error.js';
import type { QueueUnderTest } from './queue-conformance.js';
import type { StoreUnderTest } from './store-conformance.js';
import { blockOf, commitOf, plannedStageOf, SWEEP, sweepRecordOf } from './test-data.js';

export function describeLease(name: string, create: () => Promise<QueueUnderTest & StoreUnderTest>): void {
  describe(`${name} fences a conductor`, () => {
    let under: QueueUnderTest & StoreUnderTest;
    let queue: BlockQueue;
    let store: SweepStore;
    const [first, second] = [blockOf(0), blockOf(1)];
    const [firstId, secondId] = [jobIdOf(first), jobIdOf(second)];

    beforeEach(async () => {
      under = await create();
      ({ queue, store } = under);
    });

    describe('under a conductor’s lease', () => {
      it('refuses to add, take out and forget once another leads, and does nothing', async () => {
        const lease = await store.holdLease('a', 60_000);
        if (lease === null) throw new Error('another holds the lease');
        const view = (await under.openConductorQueue()).fenced({ owner: 'a', epoch: lease.epoch });
        await view.add([first]);
        await store.releaseLease('a');
        await view.add([second]);
        await view.remove([secondId]);
        expect(await view.depth()).toEqual({ waiting: 1, active: 0 });
        await store.holdLease('b', 60_000);
        await expect(view.add([second])).rejects.toThrow(LeaseLostError);
        await expect(view.remove([firstId])).rejects.toThrow(LeaseLostError);
        await expect(view.forget([firstId])).rejects.toThrow(LeaseLostError);
        expect(await view.states([firstId, secondId])).toEqual(
          new Map([
            [firstId, 'waiting'],
            [secondId, 'absent'],
          ]),
        );
        // Trainers' moves need no lease.
        const claimed = await queue.claim('token-a');
        if (claimed === null) throw new Error('there was nothing to claim');
        expect(await queue.complete(claimed)).toBe('completed');
      });
    });

    describe('what a conductor writes under its lease', () => {
      const decision: Decision = {
        number: 0,
        kind: 'stage-best',
        stage: 'coarse',
        inputsDigest: 'c'.repeat(64),
        outcome: { kind: 'none', reason: 'first' },
      };

      async function leaseOf(owner: string, durationMs: number): Promise<Lease> {
        const lease = await store.holdLease(owner, durationMs);
        if (lease === null) throw new Error('another holds the lease');
        return { owner, epoch: lease.epoch };
      }

      /** Everything that a conductor decides. */
      function writesOf(view: SweepStore): (() => Promise<unknown>)[] {
        return [
          () => view.writePlannedStage(SWEEP, plannedStageOf('coarse', 3)),
          () => view.writeDecision(SWEEP, decision),
          () => view.commit(commitOf()),
          () => view.setSweepState(SWEEP, { from: ['running'], to: 'completed', reason: null }),
        ];
      }

      it('is written while it leads, also after its time is up when nobody else has taken the lead', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        const view = store.fenced(await leaseOf('a', 50));
        await under.pass(60);
        const outcomes = [];
        for (const write of writesOf(view)) outcomes.push(await write());
        expect(outcomes).toEqual(['written', decision, 'committed', true]);
        expect(await view.readDecisions(SWEEP)).toEqual([decision]);
      });

      it('is refused, and nothing of it written, once another leads or has led', async () => {
        const record = sweepRecordOf('lambda-search');
        await store.createSweep(record);
        const stale = store.fenced(await leaseOf('a', 50));
        await under.pass(60);
        const successor = store.fenced(await leaseOf('b', 60_000));
        for (const write of writesOf(stale)) await expect(write()).rejects.toThrow(LeaseLostError);
        await store.releaseLease('b');
        for (const write of writesOf(stale)) await expect(write()).rejects.toThrow(LeaseLostError);
        expect(await store.readPlannedStages(SWEEP)).toEqual([]);
        expect(await store.readDecisions(SWEEP)).toEqual([]);
        expect(await store.getSweep(SWEEP)).toEqual({ ...record, numericsClass: null });
        expect((await store.commitCounters()).committed).toBe(0);
        for (const write of writesOf(successor)) await write();
        expect((await store.getSweep(SWEEP))?.state).toBe('completed');
      });

      it('does not bind what people ask for', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        await leaseOf('a', 60_000);
        const pause = { from: ['running'], to: 'paused', reason: null } as const;
        expect(await store.setSweepState(SWEEP, pause)).toBe(true);
        expect(await store.createSweep(sweepRecordOf('other'))).toBe('created');
      });
    });
  });
}
