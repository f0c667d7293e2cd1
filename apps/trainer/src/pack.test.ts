import { type BlockJob, ENGINE_VERSION, packKeyOf } from '@seedbed/contracts';
import { Backlog } from './backlog.js';
import { fitsInto, hasRoom, Pack } from './pack.js';
import { BlockPart } from './block-part.js';
import { blockOf, heldBlock } from './testing/blocks.js';

const limits = { runsMax: 10, hiddenUnitsMax: 10_000 };
const held = (trialIndex: number, over: Partial<Parameters<typeof blockOf>[0]> = {}, suspect = false) =>
  BlockPart.wholeOf(heldBlock(blockOf({ trialIndex, seeds: [1, 2, 3, 4, 5], ...over }), { suspect }));

describe('which blocks may share a pack', () => {
  it('takes compatible blocks up to the limit of runs', () => {
    const first = held(0);
    expect(fitsInto([first], held(1), limits)).toBe(true);
    expect(hasRoom([first, held(1)], limits)).toBe(false);
    expect(fitsInto([first, held(1)], held(2), limits)).toBe(false);
  });

  it('counts only runs that are still to be trained', () => {
    const half = held(1);
    for (const run of half.block.job.runs.slice(0, 3)) half.block.committed(run.runId);
    expect(fitsInto([held(0), half], held(2, { seeds: [1, 2, 3] }), limits)).toBe(true);
  });

  it('refuses other batches, and company for a suspect', () => {
    expect(fitsInto([held(0)], held(1, { batchSize: 50 }), limits)).toBe(false);
    expect(fitsInto([held(0)], held(1, {}, true), limits)).toBe(false);
    expect(fitsInto([held(0, {}, true)], held(1), limits)).toBe(false);
    expect(hasRoom([held(0, {}, true)], limits)).toBe(false);
  });

  it('bounds the width of the first layer, but lets a wide block be trained alone', () => {
    const wide = { hidden: 5_000 };
    expect(fitsInto([], held(0, wide), limits)).toBe(true);
    expect(fitsInto([held(0, wide)], held(1, wide), limits)).toBe(false);
    const narrow = { ...limits, hiddenUnitsMax: 500 };
    expect(fitsInto([held(0)], held(1), narrow)).toBe(true);
    expect(hasRoom([held(0), held(1)], { ...narrow, runsMax: 100 })).toBe(false);
  });

  it('never packs gradient checks, whose pack keys are equal for equal runs', () => {
    const whole = (job: BlockJob) => BlockPart.wholeOf(heldBlock(job));
    const job = blockOf({ trialIndex: 0, seeds: [1] });
    const trained = job.settings;
    if (trained.task !== 'train') throw new TypeError('the fixture makes blocks that train on images');
    const settings = {
      task: 'gradient-check' as const,
      engine: ENGINE_VERSION as typeof ENGINE_VERSION,
      data: trained.data,
      model: trained.model,
      lambda: 0,
      samples: 20,
      seed: 1,
    };
    const check = { ...job, settings, packKey: packKeyOf(settings) };
    expect(fitsInto([whole(check)], whole({ ...check, trialIndex: 1 }), limits)).toBe(false);
  });
});

describe('Pack', () => {
  it('flattens blocks into members and reports the progress of the slowest run of each block', () => {
    const [a, b] = [held(0, { seeds: [1, 2] }), held(1, { seeds: [3] })];
    const pack = new Pack([a, b]);
    expect(pack.members.map((member) => member.settings.seed)).toEqual([1, 2, 3]);
    expect(pack.membersOf(b.block)).toEqual([2]);
    const at = { steps: 4, points: [] };
    pack.update([
      { member: 0, step: 4, ...at },
      { member: 2, step: 3, ...at },
      { member: 99, step: 1, ...at },
    ]);
    expect([a.block.progress, b.block.progress]).toEqual([0, 0.75]);
    expect(pack.summary()).toEqual({ blocks: 2, runs: 3, step: 4, steps: 4 });
  });
});

describe('a block cut in two', () => {
  it('is trained in two packs, each owing its own runs only', () => {
    const whole = held(0);
    const [own, rest] = whole.cutAfter(3);
    expect([own, rest].map((part) => part.runs.map(({ seed }) => seed))).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect([whole, own, rest].map(({ hiddenUnits }) => hiddenUnits / whole.hiddenUnits)).toEqual([
      1, 0.6, 0.4,
    ]);
    for (const { runId } of own.runs) own.block.resultKnown(runId);
    expect([own.isOpen, rest.isOpen, whole.block.isOpen]).toEqual([false, true, true]);
    expect(new Pack([rest]).members.map(({ settings }) => settings.seed)).toEqual([4, 5]);
  });

  it('is as far as the slowest run in either pack', () => {
    const [own, rest] = held(0).cutAfter(4);
    const at = { steps: 10, points: [] };
    new Pack([own]).update([0, 1, 2, 3].map((member) => ({ member, step: 8, ...at })));
    expect(own.block.progress).toBe(0);
    new Pack([rest]).update([{ member: 0, step: 5, ...at }]);
    expect(own.block.progress).toBe(0.5);
  });
});

describe('Backlog', () => {
  it('gives the oldest first, then what fits to it, and forgets what was abandoned', () => {
    const backlog = new Backlog();
    const [a, b, c, d] = [held(0, { batchSize: 50 }), held(1), held(2, { batchSize: 50 }), held(3)];
    backlog.put(a, b, c, d);
    b.block.abandon('cancelled');
    const pack = [backlog.take()!];
    backlog.takeFitting(pack, limits);
    expect(pack).toEqual([a, c]);
    expect(backlog.count).toBe(1);
    expect(backlog.take()).toBe(d);
    expect(backlog.take()).toBeNull();
  });
});
