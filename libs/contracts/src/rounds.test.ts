import fc from 'fast-check';
import { TerminalError } from './errors.js';
import { runIdSchema } from './ids.js';
import { type PlannedRound, type PlannedStage, plannedRoundSchema, plannedStageSchema } from './plan.js';
import { apartByRound, decisionNumberOf, runsByRound, withRound } from './rounds.js';
import { ENGINE_VERSION, type RunSettings } from './run-settings.js';

const SETTINGS: RunSettings = {
  task: 'train',
  engine: ENGINE_VERSION,
  data: {
    set: 'cifar10',
    digest: 'a'.repeat(64),
    train: { first: 0, count: 10 },
    validation: { first: 10, count: 5 },
    order: { kind: 'file' },
  },
  model: { kind: 'two-layer', hidden: 5 },
  training: { lambda: 0, batchSize: 5, schedule: { kind: 'constant', learningRate: 0.1, steps: 2 } },
  evaluation: { cadence: 'end', train: false, test: false },
  seed: 0,
};

const runsOf = (index: number, first: number, count: number) =>
  Array.from({ length: count }, (_, place) => ({
    seed: first + place,
    runId: runIdSchema.parse(((index + 1) * 1_000 + first + place).toString(16).padStart(64, '0')),
  }));

const trialOf = (index: number, first: number, count: number) => ({
  ...{ index, parameters: { lambda: index }, settings: SETTINGS },
  runs: runsOf(index, first, count),
});

/** Per round: how many runs the trials that there are get, then how many trials are new. */
const histories = fc.record({
  trials: fc.integer({ min: 1, max: 5 }),
  rounds: fc.array(
    fc
      .record({
        further: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 10, maxLength: 10 }),
        added: fc.integer({ min: 0, max: 1 }),
      })
      .filter(({ further, added }) => added > 0 || further[0]! > 0),
    { maxLength: 5 },
  ),
});

function grow({ trials, rounds }: { trials: number; rounds: { further: number[]; added: number }[] }) {
  const first: PlannedStage = {
    ...{ stage: 'coarse', kind: 'search' },
    trials: Array.from({ length: trials }, (_, index) => trialOf(index, 1, 2)),
  };
  let stage = first;
  const planned: PlannedRound[] = rounds.map(({ further, added }, place) => {
    const more = stage.trials.flatMap(({ index, runs }) =>
      further[index]! > 0 ? [trialOf(index, runs.length + 1, further[index]!)] : [],
    );
    const news = Array.from({ length: added }, (_, each) => trialOf(stage.trials.length + each, 1, 3));
    const round = { stage: 'coarse', round: place + 1, trials: [...more, ...news] };
    stage = withRound(stage, round);
    return round;
  });
  return { first, planned, stage };
}

test('a stage that has grown can be taken apart into its rounds, and nothing that was planned ever moves', () => {
  fc.assert(
    fc.property(histories, (history) => {
      const { first, planned, stage } = grow(history);
      expect(plannedStageSchema.parse(stage)).toEqual(stage);
      for (const round of planned) plannedRoundSchema.parse(round);
      expect(apartByRound(stage)).toEqual({ first, rounds: planned });
      for (const trial of first.trials) {
        expect(stage.trials[trial.index]!.runs.slice(0, trial.runs.length)).toEqual(trial.runs);
      }
      expect(stage.trials.map(({ index }) => index)).toEqual([...stage.trials.keys()]);
      for (const trial of stage.trials) {
        expect(runsByRound(trial).flatMap(({ runs }) => runs)).toEqual(trial.runs);
      }
    }),
    { numRuns: 100 },
  );
});

test('a round out of turn, of another stage, or with a trial before the last is refused', () => {
  const { stage } = grow({ trials: 2, rounds: [] });
  const round = { stage: 'coarse', round: 1, trials: [trialOf(0, 3, 1)] };
  expect(() => withRound(stage, { ...round, round: 2 })).toThrow(TerminalError);
  expect(() => withRound(stage, { ...round, stage: 'fine' })).toThrow(TerminalError);
  const gap = { ...stage, trials: stage.trials.slice(1) };
  expect(() => withRound(gap, round)).toThrow(/has a trial 0 after 1/);
});

test('numbers of decisions: a stage without rounds has its place, all others differ', () => {
  expect(decisionNumberOf({ place: 3, round: 0, kind: 'whole-stage' })).toBe(3);
  const numbers = [0, 1, 19].flatMap((place) =>
    [0, 1, 2, 1_000].flatMap((round) =>
      (['round', 'whole-stage'] as const).map((kind) => decisionNumberOf({ place, round, kind })),
    ),
  );
  expect(new Set(numbers).size).toBe(numbers.length);
});
