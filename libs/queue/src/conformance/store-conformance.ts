/** What every sweep store promises; each implementation's test file calls it with a way to make one. */
import {
  type Commit,
  type CurvePoint,
  type Decision,
  LIMITS,
  type RunId,
  sweepIdSchema,
  TerminalError,
  trainerIdSchema,
  type TrainerStatus,
  withRound,
} from '@seedbed/contracts';
import { assert, asyncProperty, constantFrom, array } from 'fast-check';
import type { SweepStore } from '../interfaces.js';
import { commitOf, plannedStageOf, resultWith, runIdWith, SWEEP, sweepRecordOf } from './test-data.js';
import { until } from './until.js';

export interface StoreUnderTest {
  readonly store: SweepStore;
  /** Makes a span of time pass, of which leases and heartbeats take notice. */
  pass(durationMs: number): Promise<void>;
}

const UNKNOWN = sweepIdSchema.parse('unknown');

export function describeSweepStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`${name} is a sweep store`, () => {
    let under: StoreUnderTest;
    let store: SweepStore;

    beforeEach(async () => {
      under = await create();
      ({ store } = under);
    });

    describe('sweeps', () => {
      it('creates once; the first record stands', async () => {
        const record = sweepRecordOf('lambda-search');
        const other = { ...record, createdAt: '2026-11-24T10:00:00.000Z' };
        expect(await store.createSweep(record)).toBe('created');
        expect(await store.createSweep(other)).toBe('existing');
        expect(await store.getSweep(SWEEP)).toEqual({ ...record, numericsClass: null });
        expect(await store.getSweep(UNKNOWN)).toBeNull();
      });

      it('lists the newest first, by pages', async () => {
        for (const [name, day] of [
          ['middle', '02'],
          ['oldest', '01'],
          ['newest', '03'],
        ] as const) {
          await store.createSweep(sweepRecordOf(name, `2026-11-${day}T10:00:00.000Z`));
        }
        const page = async (offset: number, limit: number) =>
          (await store.listSweeps({ offset, limit })).map((record) => record.sweepId);
        expect(await page(0, 2)).toEqual(['newest', 'middle']);
        expect(await page(2, 2)).toEqual(['oldest']);
        expect(await page(3, 2)).toEqual([]);
        expect(await page(0, 0)).toEqual([]);
      });

      it('changes the state only from the states named, and tells when it ended', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        const cancel = { from: ['paused'], to: 'cancelled', reason: 'by a person' } as const;
        expect(await store.setSweepState(SWEEP, cancel)).toBe(false);
        expect(await store.setSweepState(SWEEP, { from: ['running'], to: 'paused', reason: null })).toBe(
          true,
        );
        expect((await store.getSweep(SWEEP))?.finishedAt).toBeNull();
        expect(await store.setSweepState(SWEEP, cancel)).toBe(true);
        const record = await store.getSweep(SWEEP);
        expect(record).toMatchObject({ state: 'cancelled', reason: 'by a person' });
        expect(Date.parse(record?.finishedAt ?? '')).not.toBeNaN();
        expect(await store.setSweepState(UNKNOWN, { ...cancel, from: ['running'] })).toBe(false);
        expect(await store.sweepStates([SWEEP, UNKNOWN])).toEqual(new Map([[SWEEP, 'cancelled']]));
      });
    });

    describe('extensions', () => {
      const record = sweepRecordOf('lambda-search');
      const extensionTo = (lambda: number, revision: number) => ({
        spec: { ...record.spec, parameters: { lambda: { values: [0, 0.01, lambda] } } },
        extension: { at: '2026-11-23T11:00:00.000Z', key: `key ${lambda}`, specDigest: `file ${lambda}` },
        ...{ revision, from: ['running', 'paused', 'completed', 'incomplete'] as const },
      });
      const finish = (revision?: number) =>
        store.setSweepState(SWEEP, {
          ...{ from: ['running'], to: 'completed', reason: null },
          ...(revision !== undefined && { revision }),
        });

      it('put a wider file in place, once, and let a finished sweep run again', async () => {
        await store.createSweep(record);
        await finish();
        expect(await store.extendSweep(SWEEP, extensionTo(0.1, 0))).toBe(true);
        expect(await store.extendSweep(SWEEP, extensionTo(0.2, 0))).toBe(false);
        const { spec, extension } = extensionTo(0.1, 0);
        const extended = { ...record, numericsClass: null, spec, extensions: [extension] };
        expect(await store.getSweep(SWEEP)).toEqual(extended);
        expect(await store.extendSweep(SWEEP, extensionTo(0.3, 1))).toBe(true);
        expect((await store.getSweep(SWEEP))?.extensions).toHaveLength(2);
        expect(await store.extendSweep(UNKNOWN, extensionTo(0.1, 0))).toBe(false);
      });

      it('leave a paused sweep paused and a cancelled one as it is', async () => {
        await store.createSweep(record);
        await store.setSweepState(SWEEP, { from: ['running'], to: 'paused', reason: 'by a person' });
        expect(await store.extendSweep(SWEEP, extensionTo(0.1, 0))).toBe(true);
        expect(await store.getSweep(SWEEP)).toMatchObject({ state: 'paused', reason: 'by a person' });
        await store.setSweepState(SWEEP, { from: ['paused'], to: 'cancelled', reason: null });
        expect(await store.extendSweep(SWEEP, extensionTo(0.2, 1))).toBe(false);
        expect((await store.getSweep(SWEEP))?.extensions).toHaveLength(1);
      });

      it('are not overlooked by one who ends the sweep', async () => {
        await store.createSweep(record);
        await store.extendSweep(SWEEP, extensionTo(0.1, 0));
        expect(await finish(0)).toBe(false);
        expect(await finish(1)).toBe(true);
      });
    });

    describe('plans and decisions', () => {
      it('writes a stage once and reads stages in the order in which they were planned', async () => {
        const stages = ['fine', 'coarse', 'a-final'].map((stage) => plannedStageOf(stage, 3));
        for (const stage of stages) expect(await store.writePlannedStage(SWEEP, stage)).toBe('written');
        expect(await store.writePlannedStage(SWEEP, plannedStageOf('fine', 9))).toBe('existing');
        expect(await store.readPlannedStages(SWEEP)).toEqual(stages);
        expect(await store.readPlannedStages(UNKNOWN)).toEqual([]);
      });

      it('lets one of many writers of a stage win whole', async () => {
        const plans = [3, 4, 5, 6].map((trials) => plannedStageOf('coarse', trials));
        const outcomes = await Promise.all(plans.map((plan) => store.writePlannedStage(SWEEP, plan)));
        const winner = plans[outcomes.indexOf('written')];
        expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
        expect(await store.readPlannedStages(SWEEP)).toEqual([winner]);
      });

      it('adds rounds to a stage, each once, and moves nothing', async () => {
        const first = plannedStageOf('coarse', 3);
        const other = plannedStageOf('fine', 1);
        const [added] = plannedStageOf('coarse', 1, 9).trials;
        const roundOf = (round: number, from: number) => ({
          ...{ stage: 'coarse', round },
          trials: [{ ...added!, runs: added!.runs.slice(from, from + 2) }],
        });
        await store.writePlannedStage(SWEEP, first);
        expect(await store.writePlannedRound(SWEEP, roundOf(1, 2))).toBe('written');
        await store.writePlannedStage(SWEEP, other);
        expect(await store.writePlannedRound(SWEEP, roundOf(1, 6))).toBe('existing');
        expect(await store.writePlannedRound(SWEEP, roundOf(2, 4))).toBe('written');
        const grown = withRound(withRound(first, roundOf(1, 2)), roundOf(2, 4));
        expect(await store.readPlannedStages(SWEEP)).toEqual([grown, other]);
      });

      it('lets one of many writers of a round win whole', async () => {
        const first = plannedStageOf('coarse', 1);
        await store.writePlannedStage(SWEEP, first);
        const rounds = [3, 4, 5].map((trials) => ({
          ...{ stage: 'coarse', round: 1 },
          trials: plannedStageOf('coarse', trials).trials.slice(1),
        }));
        const outcomes = await Promise.all(rounds.map((round) => store.writePlannedRound(SWEEP, round)));
        expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
        const winner = rounds[outcomes.indexOf('written')]!;
        expect(await store.readPlannedStages(SWEEP)).toEqual([withRound(first, winner)]);
      });

      it('returns the decision that stands', async () => {
        const decide = (number: number, reason: string): Decision => ({
          number,
          kind: 'stage-best',
          stage: 'coarse',
          inputsDigest: 'c'.repeat(64),
          outcome: { kind: 'none', reason },
        });
        await store.writeDecision(SWEEP, decide(10, 'later'));
        expect(await store.writeDecision(SWEEP, decide(9, 'first'))).toEqual(decide(9, 'first'));
        expect(await store.writeDecision(SWEEP, decide(9, 'second'))).toEqual(decide(9, 'first'));
        expect(await store.readDecisions(SWEEP)).toEqual([decide(9, 'first'), decide(10, 'later')]);
      });
    });

    describe('commits', () => {
      const runId = runIdWith(0, 1);

      it('records the first, and tells a duplicate from a divergent one', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        const commit = commitOf();
        expect(await store.commit(commit)).toBe('committed');
        expect(await store.commit(commitOf({ trainer: 'trainer-2' }))).toBe('duplicate');
        expect(await store.commit(commitOf({ result: resultWith(1) }))).toBe('divergent');
        expect(await store.readCommits([runId, runIdWith(0, 2)], null)).toEqual(new Map([[runId, commit]]));
        expect(await store.commitCounters()).toEqual({
          committed: 1,
          duplicate: 1,
          divergent: 1,
          'wrong-class': 0,
          'unknown-sweep': 0,
        });
      });

      it('writes nothing for a sweep that is unknown or pinned to another numerics class', async () => {
        expect(await store.commit(commitOf())).toBe('unknown-sweep');
        await store.createSweep(sweepRecordOf('lambda-search'));
        await store.commit(commitOf());
        expect((await store.getSweep(SWEEP))?.numericsClass).toBe('tensorflow-2.21.0-avx512');
        const wasm = commitOf({ numericsClass: 'wasm-4.22.0-simd', runId: runIdWith(0, 2) });
        expect(await store.commit(wasm)).toBe('wrong-class');
        expect(await store.readCommits([wasm.runId], null)).toEqual(new Map());
        expect(await store.commitCounters()).toMatchObject({ 'unknown-sweep': 1, 'wrong-class': 1 });
      });

      it('keeps a record per numerics class, and pins a sweep also by a result that another sweep had', async () => {
        const wasm = sweepIdSchema.parse('on-wasm');
        const reuse = sweepIdSchema.parse('reuse');
        for (const name of ['lambda-search', 'on-wasm', 'reuse'])
          await store.createSweep(sweepRecordOf(name));
        const native = commitOf();
        const other = commitOf({ numericsClass: 'wasm-4.22.0-simd', sweepId: wasm, result: resultWith(7) });
        expect(await store.commit(other)).toBe('committed');
        expect(await store.commit(native)).toBe('committed');
        expect(await store.commit({ ...native, sweepId: reuse })).toBe('duplicate');
        expect((await store.getSweep(reuse))?.numericsClass).toBe(native.numericsClass);
        expect((await store.readCommits([runId], other.numericsClass)).get(runId)).toEqual(other);
        expect((await store.readCommits([runId], null)).get(runId)).toEqual(native);
        expect((await store.readCommits([runId], 'none-such')).size).toBe(0);
        const missing = runIdWith(0, 2);
        expect(await store.committedRuns([missing, runId], native.numericsClass)).toEqual([runId]);
        expect(await store.committedRuns([missing, runId], null)).toEqual([runId]);
        expect(await store.committedRuns([missing, runId], 'none-such')).toEqual([]);
        expect(await store.committedRuns([], null)).toEqual([]);
      });

      it('has one winner among 50 writers at once, whatever they bring', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        let seed = 0;
        const results = array(constantFrom(1, 2, 3), { minLength: 50, maxLength: 50 });
        await assert(
          asyncProperty(results, async (brought) => {
            const contested: RunId = runIdWith(0, (seed += 1));
            const offers = brought.map((correct, index) =>
              commitOf({ runId: contested, result: resultWith(correct), trainer: `trainer-${index}` }),
            );
            const outcomes = await Promise.all(offers.map((offer) => store.commit(offer)));
            const record = (await store.readCommits([contested], null)).get(contested) as Commit;
            expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
            expect(record).toEqual(offers[outcomes.indexOf('committed')]);
            offers.forEach((offer, index) => {
              if (outcomes[index] === 'committed') return;
              expect(outcomes[index]).toBe(offer.digest === record.digest ? 'duplicate' : 'divergent');
            });
          }),
          { numRuns: 20 },
        );
      });

      it('refuses a commit that is too large for a record', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        const large = commitOf({ result: resultWith(0, LIMITS.commitBytesMax) });
        await expect(store.commit(large)).rejects.toThrow(TerminalError);
        const fits = commitOf({ result: resultWith(0, LIMITS.commitBytesMax - 2_000) });
        expect(await store.commit(fits)).toBe('committed');
      });

      it('calls back after commits, until told to stop', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        let calls = 0;
        const stop = store.onCommits(() => (calls += 1));
        await store.commit(commitOf());
        await until('the first call', () => calls > 0);
        stop();
        stop();
        const before = calls;
        let others = 0;
        store.onCommits(() => (others += 1));
        await store.commit(commitOf({ runId: runIdWith(0, 2) }));
        await until('the call of another listener', () => others > 0);
        expect(calls).toBe(before);
      });
    });

    describe('trainers', () => {
      const statusOf = (id: string): TrainerStatus => ({
        trainerId: trainerIdSchema.parse(id),
        host: 'here',
        processId: 1,
        children: 2,
        numericsClass: null,
        backend: null,
        state: 'idle',
        packs: [],
        startedAt: '2026-11-23T10:00:00.000Z',
        at: '2026-11-23T10:00:00.000Z',
      });
      const ids = async () => (await store.listTrainers()).map((trainer) => trainer.trainerId);

      it('lists those whose heartbeat has not expired', async () => {
        expect(await store.listTrainers()).toEqual([]);
        await store.heartbeat(statusOf('b'), 60_000);
        await store.heartbeat(statusOf('a'), 60_000);
        await store.heartbeat(statusOf('short-lived'), 50);
        expect(await store.listTrainers()).toContainEqual(statusOf('a'));
        await under.pass(60);
        expect(await ids()).toEqual(['a', 'b']);
        await store.removeTrainer(trainerIdSchema.parse('a'));
        expect(await ids()).toEqual(['b']);
      });

      it('merges reported progress', async () => {
        const at = (step: number) => ({ step, steps: 10, validationAccuracy: null, validationLoss: 0.5 });
        const [one, two] = [runIdWith(0, 1), runIdWith(0, 2)];
        await store.writeProgress(SWEEP, new Map([[one, at(1)]]));
        await store.writeProgress(SWEEP, new Map([[two, at(2)]]));
        await store.writeProgress(SWEEP, new Map([[one, at(3)]]));
        await store.writeProgress(SWEEP, new Map());
        expect(await store.readProgress(SWEEP)).toEqual(
          new Map([
            [one, at(3)],
            [two, at(2)],
          ]),
        );
        expect(await store.readProgress(UNKNOWN)).toEqual(new Map());
      });
    });

    describe('curves of runs in training', () => {
      const [one, two] = [runIdWith(0, 1), runIdWith(0, 2)];
      const point = (step: number, correct = step): CurvePoint => ({
        step,
        validation: { accuracy: { correct, count: 5_000 }, loss: 1.5, cost: null },
      });

      it('grow point by point, by rising step; a step that comes again replaces itself', async () => {
        await store.appendCurves(
          SWEEP,
          new Map([
            [one, [point(10), point(9)]],
            [two, [point(1)]],
          ]),
        );
        await store.appendCurves(SWEEP, new Map([[one, [point(100), point(10, 7)]]]));
        await store.appendCurves(SWEEP, new Map([[two, []]]));
        expect(await store.readCurve(SWEEP, one)).toEqual([point(9), point(10, 7), point(100)]);
        expect(await store.readCurve(SWEEP, two)).toEqual([point(1)]);
        expect(await store.readCurve(UNKNOWN, one)).toEqual([]);
      });

      it('go with the run’s commit, and only with one that counts', async () => {
        await store.createSweep(sweepRecordOf('lambda-search'));
        const points = new Map([
          [one, [point(1)]],
          [two, [point(1)]],
        ]);
        for (const sweep of [SWEEP, UNKNOWN]) await store.appendCurves(sweep, points);
        await store.commit(commitOf({ runId: one }));
        expect(await store.readCurve(SWEEP, one)).toEqual([]);
        expect(await store.readCurve(SWEEP, two)).toEqual([point(1)]);
        await store.commit(commitOf({ runId: two, sweepId: UNKNOWN }));
        expect(await store.readCurve(UNKNOWN, two)).toEqual([point(1)]);
      });

      it('are bounded', async () => {
        const steps = Array.from({ length: LIMITS.evaluationsPerRunMax + 5 }, (_, step) => step);
        await store.appendCurves(SWEEP, new Map([[one, steps.map((step) => point(step, 0))]]));
        await store.appendCurves(SWEEP, new Map([[one, [point(0, 1)]]]));
        const curve = await store.readCurve(SWEEP, one);
        expect(curve).toHaveLength(LIMITS.evaluationsPerRunMax);
        expect(curve[0]).toEqual(point(0, 1));
      });
    });

    describe('the coordinator’s lease', () => {
      it('has one holder, whose epoch stays while it renews', async () => {
        expect(await store.holdLease('a', 60_000)).toEqual({ epoch: 1 });
        expect(await store.holdLease('a', 60_000)).toEqual({ epoch: 1 });
        expect(await store.holdLease('b', 60_000)).toBeNull();
      });

      it('passes on when released or expired, with a higher epoch', async () => {
        await store.holdLease('a', 60_000);
        await store.releaseLease('b');
        expect(await store.holdLease('b', 60_000)).toBeNull();
        await store.releaseLease('a');
        expect(await store.holdLease('b', 50)).toEqual({ epoch: 2 });
        await under.pass(60);
        expect(await store.holdLease('a', 60_000)).toEqual({ epoch: 3 });
      });
    });

    it('may be closed twice', async () => {
      await store.close();
      await store.close();
    });
  });
}
