import {
  blockJobSchema,
  type ParameterValues,
  parseBlockJob,
  type PlannedStage,
  plannedStageSchema,
  planResponseSchema,
  runIdOf,
  settingsOfRun,
  sweepIdSchema,
  type SweepSpec,
  type TrainSettings,
} from '@seedbed/contracts';
import fc from 'fast-check';
import { expandBlocks } from './expand-blocks.js';
import { parseSweepFile, parseSweepSpec } from './parse-sweep-file.js';
import { isWaiting, planStage } from './plan-stage.js';
import { planSummary } from './plan-summary.js';
import { stageDependencies, stageNames } from './rung-stages.js';
import { specDigestOf } from './spec-digest.js';

const DATASET = 'd'.repeat(64);
const SWEEP = sweepIdSchema.parse('sweep-1');
const parse = (body: string) => parseSweepFile(`seedbed: 1\nname: demo\n${body}`, { fileName: 'demo.yaml' });

function planOf(
  spec: SweepSpec,
  stage = 'search',
  earlierBest = new Map<string, ParameterValues>(),
): PlannedStage {
  const planned = planStage(spec, stage, { datasetDigest: DATASET, earlierBest });
  if (isWaiting(planned)) throw new Error(`waiting for ${planned.waitingFor.join(', ')}`);
  return planned;
}
const valuesOf = (body: string, name: string) =>
  planOf(parse(body)).trials.map(({ parameters }) => parameters[name]);
const settingsOf = (stage: PlannedStage) => stage.trials.map(({ settings }) => settings as TrainSettings);

describe('defaults', () => {
  test('a file of two lines is the base settings with seeds 1 to 5', () => {
    const { trials, kind } = plannedStageSchema.parse(planOf(parse('')));
    expect(kind).toBe('search');
    expect(trials).toHaveLength(1);
    expect(trials[0]!.runs.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5]);
    expect(trials[0]!.settings).toEqual({
      task: 'train',
      engine: 'two-layer-1',
      data: {
        set: 'cifar10',
        digest: DATASET,
        train: { first: 0, count: 45_000 },
        validation: { first: 45_000, count: 5_000 },
        order: { kind: 'shuffled', dataSeed: 1 },
      },
      model: { kind: 'two-layer', hidden: 50 },
      training: {
        lambda: 0,
        batchSize: 100,
        schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 900, cycles: 2 },
      },
      evaluation: { cadence: 'cycle', train: false, test: false },
      seed: 0,
    });
  });

  test('a stage overrides the sweep member by member', () => {
    const spec = parse(
      'data: {order: file, train: {first: 0, count: 100}}\nmodel: {hidden: 9}\nevaluation: {train: true}\nseeds: [7]\n' +
        'stages:\n- {name: a}\n- {name: b, data: {order: shuffled, dataSeed: 4}, evaluation: {cadence: end}, seeds: {first: 3, count: 2}}\n',
    );
    const [a, b] = [planOf(spec, 'a'), planOf(spec, 'b')];
    expect(settingsOf(a)[0]).toMatchObject({
      data: { order: { kind: 'file' } },
      evaluation: { cadence: 'cycle', train: true },
    });
    expect(settingsOf(b)[0]).toMatchObject({
      data: { order: { kind: 'shuffled', dataSeed: 4 }, train: { count: 100 } },
      model: { hidden: 9 },
      evaluation: { cadence: 'end', train: true },
    });
    expect(a.trials[0]!.runs.map(({ seed }) => seed)).toEqual([7]);
    expect(b.trials[0]!.runs.map(({ seed }) => seed)).toEqual([3, 4]);
  });
});

describe('grid', () => {
  test('every combination, in the order of PARAMETER_NAMES whatever the order in the file, the last fastest', () => {
    const trials = planOf(
      parse('parameters: {hidden: {values: [10, 20]}, lambda: {values: [0, 0.1, 0.2]}}'),
    ).trials;
    expect(trials.map(({ parameters }) => [parameters.lambda, parameters.hidden])).toEqual([
      [0, 10],
      [0, 20],
      [0.1, 10],
      [0.1, 20],
      [0.2, 10],
      [0.2, 20],
    ]);
    expect(trials.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('the report’s coarse values: ends exact, a constant ratio between', () => {
    const values = valuesOf(
      'parameters: {lambda: {min: 1.707e-5, max: 0.635, scale: log, count: 10}}',
      'lambda',
    );
    expect(values[0]).toBe(1.707e-5);
    expect(values[9]).toBe(0.635);
    const ratio = (0.635 / 1.707e-5) ** (1 / 9);
    for (let i = 1; i < 10; i++) expect(values[i]! / values[i - 1]!).toBeCloseTo(ratio, 10);
  });

  test('whole-number parameters have whole numbers', () => {
    expect(valuesOf('parameters: {hidden: {min: 16, max: 256, scale: log, count: 5}}', 'hidden')).toEqual([
      16, 32, 64, 128, 256,
    ]);
  });

  test('each parameter sets its own place', () => {
    const cyclical = planOf(
      parse(
        'parameters: {lambda: {value: 0.5}, hidden: {value: 7}, batchSize: {value: 20}, etaMin: {value: 0.001}, etaMax: {value: 0.2}, stepSize: {value: 30}, cycles: {value: 4}}',
      ),
    );
    expect(settingsOf(cyclical)[0]).toMatchObject({
      model: { hidden: 7 },
      training: {
        lambda: 0.5,
        batchSize: 20,
        schedule: { kind: 'cyclical', etaMin: 0.001, etaMax: 0.2, stepSize: 30, cycles: 4 },
      },
    });
    const constant = planOf(
      parse(
        'training: {schedule: {kind: constant, learningRate: 0.1, steps: 5}}\nparameters: {learningRate: {value: 0.3}, steps: {value: 9}}',
      ),
    );
    expect(settingsOf(constant)[0]!.training.schedule).toEqual({
      kind: 'constant',
      learningRate: 0.3,
      steps: 9,
    });
  });
});

describe('points', () => {
  test('come after the sampler’s trials and take fixed values over', () => {
    const spec = parse(
      'parameters: {lambda: {values: [0, 1]}, hidden: {value: 30}}\npoints: [{lambda: 5}, {lambda: 6, hidden: 40}]',
    );
    expect(planOf(spec).trials.map(({ parameters }) => parameters)).toEqual([
      { lambda: 0, hidden: 30 },
      { lambda: 1, hidden: 30 },
      { lambda: 5, hidden: 30 },
      { lambda: 6, hidden: 40 },
    ]);
  });
});

describe('random sampler', () => {
  const BODY =
    'sampler: {kind: random, trials: 200, seed: 3}\nparameters:\n  lambda: {min: 1e-5, max: 0.1, scale: log}\n  hidden: {min: 10, max: 12}\n  etaMax: {values: [0.1, 0.2]}\n';

  test('stays in range, uses whole numbers, spreads over a log scale', () => {
    const trials = planOf(parse(BODY)).trials.map(
      ({ parameters }) => parameters as { lambda: number; hidden: number; etaMax: number },
    );
    for (const { lambda, hidden, etaMax } of trials) {
      expect(lambda).toBeGreaterThanOrEqual(1e-5);
      expect(lambda).toBeLessThanOrEqual(0.1);
      expect([10, 11, 12]).toContain(hidden);
      expect([0.1, 0.2]).toContain(etaMax);
    }
    // Half of a log-uniform sample lies below the geometric mean: 100 ± 4 standard deviations of 7.1.
    const below = trials.filter(({ lambda }) => lambda < 1e-3).length;
    expect(Math.abs(below - 100)).toBeLessThan(29);
    expect(new Set(trials.map(({ hidden }) => hidden)).size).toBe(3);
  });

  test('raising trials only adds; another seed draws others; another parameter changes nothing', () => {
    const lambdas = valuesOf(BODY, 'lambda');
    expect(valuesOf(BODY.replace('200', '50'), 'lambda')).toEqual(lambdas.slice(0, 50));
    expect(valuesOf(BODY.replace('seed: 3', 'seed: 4'), 'lambda')).not.toEqual(lambdas);
    expect(valuesOf(BODY.replace('  etaMax: {values: [0.1, 0.2]}\n', ''), 'lambda')).toEqual(lambdas);
  });

  test('trials differ: drawing all combinations of lists gives each once', () => {
    const trials = planOf(
      parse(
        'sampler: {kind: random, trials: 6, seed: 1}\nparameters: {lambda: {values: [1, 2, 3]}, hidden: {values: [5, 6]}}',
      ),
    ).trials;
    expect(new Set(trials.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(6);
  });

  // Draws are part of what a sweep means: they must not change with a version of a library.
  test('known draws', () => {
    expect(
      valuesOf(
        'sampler: {kind: random, trials: 3, seed: 1}\nparameters: {hidden: {min: 1, max: 1000}}',
        'hidden',
      ),
    ).toMatchInlineSnapshot(`
     [
       803,
       308,
       734,
     ]
    `);
  });
});

describe('sobol sampler', () => {
  const BODY =
    'sampler: {kind: sobol, trials: 64, seed: 3}\nparameters:\n  lambda: {min: 1e-5, max: 0.1, scale: log}\n  hidden: {min: 10, max: 73}\n  etaMax: {values: [0.1, 0.2]}\n';

  test('64 trials: each of 64 equal steps of log λ once, each of 64 whole numbers once, each value 32 times', () => {
    const steps = valuesOf(BODY, 'lambda').map((lambda) => Math.floor(16 * (Math.log10(lambda!) + 5)));
    expect(steps.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, step) => step));
    expect(new Set(valuesOf(BODY, 'hidden')).size).toBe(64);
    expect(valuesOf(BODY, 'etaMax').filter((value) => value === 0.1)).toHaveLength(32);
  });

  test('raising trials only adds; another seed draws others; another parameter changes nothing', () => {
    const lambdas = valuesOf(BODY, 'lambda');
    expect(valuesOf(BODY.replace('64', '20'), 'lambda')).toEqual(lambdas.slice(0, 20));
    expect(valuesOf(BODY.replace('seed: 3', 'seed: 4'), 'lambda')).not.toEqual(lambdas);
    expect(valuesOf(BODY.replace('  etaMax: {values: [0.1, 0.2]}\n', ''), 'lambda')).toEqual(lambdas);
  });

  test('trials differ: points with the combination of an earlier one are passed over', () => {
    const lists =
      'sampler: {kind: sobol, trials: 6, seed: 1}\nparameters: {lambda: {values: [1, 2, 3]}, hidden: {values: [5, 6]}}';
    const { trials } = planOf(parse(lists));
    expect(new Set(trials.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(6);
  });

  // As with random draws.
  test('known points', () => {
    const body = 'sampler: {kind: sobol, trials: 3, seed: 1}\nparameters: {hidden: {min: 1, max: 1000}}';
    expect(valuesOf(body, 'hidden')).toMatchInlineSnapshot(`
     [
       285,
       640,
       11,
     ]
    `);
  });
});

describe('derived stages', () => {
  const SPEC = parse(
    'preflight: [{check: gradient-check, samples: 7, lambda: 0.5}]\nstages:\n- {name: coarse, model: {hidden: 8}, parameters: {lambda: {values: [1, 2]}}}\n- {name: fine, parameters: {lambda: {from: coarse}}}\n',
  );

  test('names, dependencies and what is waited for', () => {
    expect(stageNames(SPEC)).toEqual(['gradient-check', 'coarse', 'fine']);
    expect(Object.fromEntries(stageDependencies(SPEC))).toEqual({
      'gradient-check': [],
      coarse: [],
      fine: ['coarse'],
    });
    expect(planStage(SPEC, 'fine', { datasetDigest: DATASET, earlierBest: new Map() })).toEqual({
      waitingFor: ['coarse'],
    });
    expect(stageNames(parse(''))).toEqual(['search']);
  });
  test('takes the best trial’s value', () => {
    const fine = planOf(SPEC, 'fine', new Map([['coarse', { lambda: 2 }]]));
    expect(fine.trials[0]!.parameters).toEqual({ lambda: 2 });
    expect(settingsOf(fine)[0]!.training.lambda).toBe(2);
  });
  test('the preflight checks gradients on the sweep’s own data and model, whatever stages override', () => {
    const check = plannedStageSchema.parse(planOf(SPEC, 'gradient-check'));
    expect(check.kind).toBe('preflight');
    expect(check.trials).toHaveLength(1);
    expect(check.trials[0]).toMatchObject({
      parameters: {},
      settings: {
        task: 'gradient-check',
        samples: 7,
        lambda: 0.5,
        model: { hidden: 50 },
        data: { digest: DATASET },
      },
      runs: [{ seed: 1 }],
    });
    for (const block of expandBlocks(SWEEP, check)) expect(parseBlockJob(block)).toEqual(block);
  });
  test('an unknown stage names the known ones', () => {
    const act = () => planStage(SPEC, 'final', { datasetDigest: DATASET, earlierBest: new Map() });
    expect(act).toThrow(/found stage "final"; the stages of demo are gradient-check, coarse, fine/);
  });
});

describe('ids', () => {
  const seeds = fc.integer({ min: 1, max: 12 });
  const lambdas = fc.uniqueArray(
    fc.double({ min: 0, max: 10, noNaN: true }).map((x) => x + 0),
    { minLength: 1, maxLength: 6 },
  );
  const hiddens = fc.uniqueArray(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 3 });
  const sweep = fc.record({ seeds, lambda: lambdas, hidden: hiddens });
  const toSpec = ({
    seeds: count,
    lambda,
    hidden,
  }: {
    seeds: number;
    lambda: number[];
    hidden: number[];
  }) => ({
    seedbed: 1,
    name: 'demo',
    seeds: count,
    parameters: { lambda: { values: lambda }, hidden: { values: hidden } },
  });
  const reversedKeys = (value: unknown): unknown => {
    if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, member]) => [key, reversedKeys(member)]),
    );
  };

  test('do not depend on the order of keys, nor does the spec’s digest', () => {
    fc.assert(
      fc.property(sweep, (s) => {
        const [spec, other] = [parseSweepSpec(toSpec(s)), parseSweepSpec(reversedKeys(toSpec(s)))];
        expect(specDigestOf(other)).toBe(specDigestOf(spec));
        expect(planOf(other).trials).toEqual(planOf(spec).trials);
      }),
      { numRuns: 25 },
    );
  });
  test('do not depend on the sweep’s name or stage, but on the data set', () => {
    const spec = parseSweepSpec(toSpec({ seeds: 3, lambda: [0, 1], hidden: [5] }));
    expect(planOf({ ...spec, name: 'other', description: 'x' }).trials).toEqual(planOf(spec).trials);
    const other = planStage(spec, 'search', {
      datasetDigest: 'e'.repeat(64),
      earlierBest: new Map(),
    }) as PlannedStage;
    expect(other.trials[0]!.runs[0]!.runId).not.toBe(planOf(spec).trials[0]!.runs[0]!.runId);
  });
  test('are unique, and follow from settings and seed', () => {
    fc.assert(
      fc.property(sweep, (s) => {
        const { trials } = planOf(parseSweepSpec(toSpec(s)));
        const ids = trials.flatMap(({ runs }) => runs.map(({ runId }) => runId));
        expect(new Set(ids).size).toBe(s.seeds * s.lambda.length * s.hidden.length);
        const [trial] = trials;
        for (const { seed, runId } of trial!.runs)
          expect(runIdOf(settingsOfRun(trial!.settings, seed))).toBe(runId);
      }),
      { numRuns: 25 },
    );
  });
  test('stay where they are when points and seeds are added', () => {
    fc.assert(
      fc.property(sweep, fc.uniqueArray(fc.integer({ min: 11, max: 99 }), { maxLength: 4 }), (s, added) => {
        const before = planOf(parseSweepSpec(toSpec(s))).trials;
        const points = added.map((lambda) => ({ lambda, hidden: 3 }));
        const after = planOf(parseSweepSpec({ ...toSpec({ ...s, seeds: s.seeds + 1 }), points })).trials;
        expect(after).toHaveLength(before.length + added.length);
        before.forEach((trial, index) => {
          expect(after[index]).toMatchObject({ index, parameters: trial.parameters });
          expect(after[index]!.runs.slice(0, -1)).toEqual(trial.runs);
        });
      }),
      { numRuns: 25 },
    );
  });
  test('blocks carry each run exactly once, five seeds at most, and pass the trainer’s checks', () => {
    fc.assert(
      fc.property(sweep, (s) => {
        const stage = planOf(parseSweepSpec(toSpec(s)));
        const blocks = [...expandBlocks(SWEEP, stage)];
        expect(blocks.flatMap(({ runs }) => runs)).toEqual(stage.trials.flatMap(({ runs }) => runs));
        for (const block of blocks)
          expect(parseBlockJob(JSON.parse(JSON.stringify(block)))).toEqual(blockJobSchema.parse(block));
        expect(Math.max(...blocks.map(({ runs }) => runs.length))).toBeLessThanOrEqual(5);
        const places = blocks.map(({ trialIndex, blockIndex }) => `${trialIndex}.${blockIndex}`);
        expect(new Set(places).size).toBe(blocks.length);
      }),
      { numRuns: 20 },
    );
  });
});

test('the ends of any grid are exactly as given, its values rise', () => {
  const positive = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
  fc.assert(
    fc.property(
      positive,
      positive,
      fc.integer({ min: 2, max: 40 }),
      fc.constantFrom('linear', 'log'),
      (a, b, count, scale) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(max > min * (1 + 1e-9));
        const spec = parseSweepSpec({
          seedbed: 1,
          name: 'demo',
          seeds: 1,
          parameters: { lambda: { min, max, scale, count } },
        });
        const values = planOf(spec).trials.map(({ parameters }) => parameters.lambda!);
        expect(values[0]).toBe(min);
        expect(values.at(-1)).toBe(max);
        expect(values).toHaveLength(count);
        for (let i = 1; i < count; i++) expect(values[i]).toBeGreaterThan(values[i - 1]!);
      },
    ),
    { numRuns: 100 },
  );
});

describe('plan summary', () => {
  test('counts what planning makes, and sums the steps of searched lengths', () => {
    const spec = parse(
      'preflight: [{check: gradient-check}]\nseeds: 2\nstages:\n- {name: a, parameters: {stepSize: {values: [1, 10]}, cycles: {values: [1, 2]}}}\n- {name: b, parameters: {cycles: {from: a}}}\n',
    );
    const summary = planResponseSchema.parse(planSummary(spec));
    expect(summary).toMatchObject({
      runs: 11,
      // Stage a: 2·(1 + 10)·(1 + 2) steps; b, undecided: 2·900·2, its setting.
      steps: 2 * 66 + 2 * 3600,
      stages: [
        { stage: 'gradient-check', kind: 'preflight', runs: 1, steps: 0 },
        { stage: 'a', trials: 4, seedsPerTrial: 2, runs: 8, steps: 132 },
        { stage: 'b', trials: 1, runs: 2, parameters: null, derivesFrom: ['a'] },
      ],
    });
    expect(planSummary(spec, new Map([['a', { cycles: 1, stepSize: 10 }]])).stages[2]).toMatchObject({
      parameters: [{ cycles: 1 }],
      steps: 2 * 1800,
    });
  });

  test('100,000 trials are sized within a second of work, planned and cut into blocks within ten', () => {
    const spec = parse(
      'seeds: 1\nparameters: {lambda: {min: 1e-9, max: 1, scale: log, count: 1000}, stepSize: {min: 1, max: 100, count: 100}}',
    );
    let start = process.cpuUsage();
    const summary = planSummary(spec);
    expect(cpuSeconds(start)).toBeLessThan(1);
    expect(summary.runs).toBe(100_000);
    expect(summary.stages[0]!.parameters).toHaveLength(20);
    start = process.cpuUsage();
    let blocks = 0;
    for (const block of expandBlocks(SWEEP, planOf(spec))) blocks += block.runs.length;
    expect(blocks).toBe(100_000);
    expect(cpuSeconds(start)).toBeLessThan(10);
  });
});

/** Time of this process's own work: other load on the machine does not count. */
function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}
