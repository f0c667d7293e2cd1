import {
  type AnswerSettings,
  type RaceDecision,
  raceDecisionSchema,
  type RunSummary,
  runIdSchema,
  sha256,
  type StageSummary,
  stageSummarySchema,
} from '@seedbed/contracts';
import fc from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { normalWorld } from '../simulation/worlds.js';
import { summariseRuns } from '../summarise-runs.js';
import { compareRace } from './compare-race.js';
import { decideRound as decideWith } from './decide-round.js';
import { errorSharesOf } from './error-spending.js';
import { judgeRace } from './judge-race.js';
import { raceLooks, type RaceRow } from './race-looks.js';
import { raceStandings } from './race-standings.js';

const LOOKS = [3, 6, 12, 24];
const COUNT = 5_000;
const settings = (delta: number | null, more: Partial<AnswerSettings> = {}): AnswerSettings => ({
  ...{ delta, rule: 'highest-mean', racing: { looks: LOOKS, until: 'every-trial' } },
  ...more,
});

const NO_PLAN = { trials: [] };
const INDEPENDENT = { goal: 'maximise', overlap: 0 } as const;
const decideRound = (summary: StageSummary, by: AnswerSettings) => decideWith(NO_PLAN, summary, by);

type Outcome = number | 'diverged' | 'missing';

function runOf(trial: number, seed: number, outcome: Outcome): RunSummary {
  const base = {
    ...{ seed, runId: runIdSchema.parse(sha256(`${trial}/${seed}`)), digest: null, testAccuracy: null },
    ...{ validation: null, validationAccuracy: null, reason: null },
  };
  if (typeof outcome === 'string') return { ...base, outcome };
  const validation = { correct: outcome, count: COUNT };
  return { ...base, outcome: 'trained', validation, validationAccuracy: outcome / COUNT };
}

/** A stage with these right answers by trial and seed; λ grows with the index. */
function stageWith(outcomes: readonly (readonly Outcome[])[]): StageSummary {
  const trials = outcomes.map((row, index) => {
    const runs = row.map((outcome, at) => runOf(index, at + 1, outcome));
    return { index, parameters: { lambda: index / 100 }, ...summariseRuns(runs), runs };
  });
  const planned = trials.reduce((sum, trial) => sum + trial.planned, 0);
  const missing = trials.reduce((sum, trial) => sum + trial.missing, 0);
  return stageSummarySchema.parse({
    ...{ stage: 'coarse', kind: 'search', planned, committed: planned - missing, trials },
    ...{ ranking: [], best: null, notToldApartFromBest: [], comparison: null },
  });
}

const SEED_EFFECTS = [40, -35, 10, -12, 25, -20, 5, 30, -28, 0, 14, -9];
const RIPPLE = [3, -4, 2, 0, -1, 4, -3, 1, 2, -2, -4, 2];
/** Right answers that scatter by 3 or so about a mean that a trial has, over seeds that scatter by 25. */
const calm = (mean: number, seeds: number, shift = 0) =>
  Array.from({ length: seeds }, (_, seed) => mean + SEED_EFFECTS[seed]! + RIPPLE[(seed + shift) % 12]!);

test('after the first look the clearly worse drop out, the rest race on', () => {
  const decision = decideRound(
    stageWith([calm(2600, 3), calm(2598, 3, 1), calm(2599, 3, 2), calm(2300, 3, 3)]),
    settings(0.0005),
  );
  expect(raceDecisionSchema.parse(decision)).toEqual({
    ...{ look: 0, seeds: 3, nextSeeds: 6, end: null },
    ...{ racing: [0, 1, 2], excluded: [3], equivalent: [], unresolved: [], notCompared: [] },
  });
});

test('it is over when every trial is excluded or within δ, and the answer says the same', () => {
  const stage = stageWith([calm(2600, 3), calm(2598, 3, 1), calm(2300, 3, 3)]);
  const decision = decideRound(stage, settings(0.02))!;
  expect(decision).toMatchObject({ nextSeeds: null, end: 'within-delta', racing: [], excluded: [2] });
  const comparison = compareRace(stage.trials, {
    ...{ ...settings(0.02), ...INDEPENDENT },
    racing: settings(0.02).racing!,
  });
  const verdicts = Object.fromEntries(comparison!.trials.map(({ index, verdict }) => [index, verdict]));
  expect(verdicts).toEqual({ 0: 'best', 1: 'equivalent', 2: 'excluded' });
  expect(comparison!.race).toMatchObject({ looks: [{ seeds: 3, trials: 3 }], end: 'within-delta' });
});

test('it is over when one is left', () => {
  const decision = decideRound(stageWith([calm(2600, 3), calm(2300, 3, 1)]), settings(null));
  expect(decision).toMatchObject({ end: 'one-left', nextSeeds: null, excluded: [1], unresolved: [0] });
});

test('it is over at the last look; without δ tied trials run that far', () => {
  const looks = [3, 6];
  const tied = settings(null, { racing: { looks, until: 'every-trial' } });
  const race = (seeds: number) => stageWith([calm(2600, seeds), calm(2600, seeds, 1)]);
  expect(decideRound(race(3), tied)).toMatchObject({ end: null, nextSeeds: 6, racing: [0, 1] });
  expect(decideRound(race(6), tied)).toMatchObject({ end: 'last-look', racing: [], unresolved: [0, 1] });
});

test('until the choice is within δ: the others may be left unresolved', () => {
  // The third trial lies further from the first than δ less a half width, and not far enough to be excluded.
  const stage = stageWith([calm(2600, 3), calm(2599, 3, 1), calm(2591, 3, 2)]);
  const every = decideRound(stage, settings(0.003))!;
  const choice = decideRound(stage, settings(0.003, { racing: { looks: LOOKS, until: 'choice' } }))!;
  expect(every.end).toBeNull();
  expect(choice.end).toBe('within-delta');
  expect(choice.unresolved).toContain(2);
});

test('who dropped out keeps its seeds and its exclusion, whatever later seeds of others are', () => {
  const looks = [3, 6];
  const stage = stageWith([
    // Its later seeds are as low as the trial's that it excluded.
    [...calm(2600, 3), 2300, 2300, 2300],
    [...calm(2599, 3, 1), 2301, 2299, 2302],
    calm(2300, 3, 3),
  ]);
  const decision = decideRound(stage, settings(null, { racing: { looks, until: 'every-trial' } }))!;
  expect(decision).toMatchObject({ look: 1, excluded: [2], unresolved: [0, 1] });
});

test('a trial with a diverged seed is not compared, and what it excluded before stays excluded', () => {
  const looks = [3, 6];
  const racing = { looks, until: 'every-trial' } as const;
  const first = stageWith([[2600, 'diverged', 2590], calm(2600, 3), calm(2598, 3, 1)]);
  expect(decideRound(first, settings(0.0005, { racing }))).toMatchObject({
    notCompared: [0],
    racing: [1, 2],
  });
  const later = stageWith([
    [...calm(2600, 3), 'diverged', 2600, 2600],
    calm(2597, 6, 1),
    calm(2598, 6, 2),
    calm(2300, 3, 3),
  ]);
  expect(decideRound(later, settings(0.0005, { racing }))).toMatchObject({ notCompared: [0], excluded: [3] });
});

test('nothing to compare ends a race; a missing run leaves it undecided; a stage without a race is refused', () => {
  const alone = stageWith([calm(2600, 3), ['diverged', 2600, 2600]]);
  expect(decideRound(alone, settings(0.005))).toMatchObject({ end: 'nothing-to-compare', unresolved: [0] });
  expect(decideRound(stageWith([calm(2600, 3), [2600, 2600, 'missing']]), settings(0.005))).toBeNull();
  expect(() => decideRound(alone, settings(0.005, { racing: null }))).toThrow(/not raced/);
});

test('the one-standard-error rule takes the strongest λ that is as good, also one that ran shorter', () => {
  const stage = stageWith([calm(2600, 6), calm(2599, 6, 1), calm(2599, 3, 2)]);
  const racing = { looks: [3, 6], until: 'every-trial' } as const;
  const chosenBy = (rule: AnswerSettings['rule']) =>
    compareRace(stage.trials, { delta: 0.02, rule, racing, ...INDEPENDENT })!.chosen.trialIndex;
  expect(chosenBy('highest-mean')).toBe(0);
  expect(chosenBy('one-standard-error')).toBe(2);
});

test('the error is shared out over the looks and spent by the last', () => {
  const shares = errorSharesOf(LOOKS);
  // ln(1 + (e − 1) t) at t = 1/8, 1/4, 1/2, 1
  const spent = [0.19452, 0.35737, 0.62011, 1];
  for (const [look, upTo] of spent.entries()) {
    expect(shares.slice(0, look + 1).reduce((sum, share) => sum + share, 0)).toBeCloseTo(upTo, 4);
  }
});

describe('for races at random', () => {
  const world = normalWorld({
    name: 'a ladder',
    truth: [0.52, 0.519, 0.517, 0.515, 0.512, 0.5],
    ...{ seedEffect: 0.003, residual: 0.003 },
  });
  const rowsOf = (generatorSeed: number, counts: readonly number[]): RaceRow[] =>
    world.draw(xoroshiro128plus(generatorSeed), 12).map((values, index) => ({
      ...{ index, parameters: {}, hasDiverged: false },
      values: values.slice(0, counts[index]),
    }));
  const race = {
    delta: 0.005,
    rule: 'highest-mean',
    racing: { looks: [3, 6, 12], until: 'every-trial' },
    overlap: 0,
  } as const;
  const counts = fc.array(fc.constantFrom(3, 6, 12), { minLength: 6, maxLength: 6 });

  test('more seeds never lift an exclusion nor raise a bound', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const standings = [3, 6, 12].map((seeds) => {
          const rows = rowsOf(seed, Array<number>(6).fill(seeds));
          return new Map(raceStandings(rows, raceLooks(rows, [3, 6, 12])).map((each) => [each.index, each]));
        });
        for (const [earlier, later] of [standings.slice(0, 2), standings.slice(1)] as const) {
          for (const [index, before] of earlier!) {
            const after = later!.get(index)!;
            expect(after.isExcluded || !before.isExcluded).toBe(true);
            expect(after.bound!).toBeLessThanOrEqual(before.bound!);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  const pooledIn = (rows: readonly RaceRow[]): string =>
    raceLooks(rows, race.racing.looks)
      .map(({ rows: compared, spread }) =>
        compared
          .filter((_, position) => spread.isPooled[position])
          .map(({ index }) => index)
          .sort()
          .join(),
      )
      .join('/');

  test('neither the order of trials nor what seeds have in common matters; all who go on have equal seeds', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        counts,
        fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (seed, some, effects) => {
          const rows = rowsOf(seed, some);
          const shifted = rows.toReversed().map((row) => ({
            ...row,
            values: row.values.map((value, at) => value + effects[at]!),
          }));
          // Which trials may be pooled goes by their own spreads, in which what seeds have in common counts.
          fc.pre(pooledIn(rows) === pooledIn(shifted));
          const [one, other] = [judgeRace(rows, race), judgeRace(shifted, race)];
          expect([...other.racing].sort()).toEqual([...one.racing].sort());
          expect(other.end).toBe(one.end);
          const seedsOf = new Set([...one.racing].map((index) => rows[index]!.values.length));
          expect(seedsOf.size).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('with every trial at the first look it is what compares an ordinary stage, at that look’s share of the error', () => {
    const rows = rowsOf(7, Array<number>(6).fill(3));
    const [look] = raceLooks(rows, [3, 6, 12]);
    expect(look!.errorShare).toBeCloseTo(Math.log1p((Math.E - 1) / 4), 12);
    expect(look!.spread.pooled!.degreesOfFreedom).toBe(10);
    expect(look!.spread.trials).toBe(6);
  });
});

const trialsNamed = ({ racing, excluded, equivalent, unresolved, notCompared }: RaceDecision) =>
  [...racing, ...excluded, ...equivalent, ...unresolved, ...notCompared].sort((a, b) => a - b);

test('a decision names every trial once', () => {
  const stage = stageWith([calm(2600, 3), ['diverged', 1, 1], calm(2300, 3, 2), calm(2598, 3, 1)]);
  expect(trialsNamed(decideRound(stage, settings(0.001))!)).toEqual([0, 1, 2, 3]);
});

test('numbers that are to be low are raced the other way round', () => {
  const stage = stageWith([calm(2600, 3), calm(2598, 3, 1), calm(2300, 3, 3)]);
  const racing = { looks: [3, 6], until: 'every-trial' } as const;
  const sampling = { goal: 'minimise', overlap: 0 } as const;
  const compared = compareRace(stage.trials, { delta: null, rule: 'highest-mean', racing, ...sampling })!;
  expect(compared.chosen.trialIndex).toBe(2);
  const [low, high] = compared.chosen.interval95!;
  expect(low).toBeLessThan(2300 / COUNT);
  expect(high).toBeGreaterThan(2300 / COUNT);
  const excluded = compared.trials.filter(({ verdict }) => verdict === 'excluded');
  expect(excluded.map(({ index }) => index)).toEqual([1, 0]);
});
