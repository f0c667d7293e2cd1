// A run id is what makes results findable, mergeable and safe from overwriting: it must follow from every setting.
import fc from 'fast-check';
import { parseBlockJob, settingsOfRun } from './job.js';
import { SCHEMA_VERSION } from './version.js';
import { type BlockJob } from './job.js';
import {
  packKeyOf,
  type RunSettings,
  runIdOf,
  runIdsOf,
  runSettingsSchema,
  type TrainSettings,
} from './run-settings.js';
import { stepsOf } from './training-settings.js';
import { sweepIdSchema } from './ids.js';
import { OtherVersionError, TerminalError } from './errors.js';

const SETTINGS: TrainSettings = {
  task: 'train',
  engine: 'two-layer-1',
  data: {
    set: 'cifar10',
    digest: 'a'.repeat(64),
    train: { first: 0, count: 45_000 },
    validation: { first: 45_000, count: 5_000 },
    order: { kind: 'shuffled', dataSeed: 1 },
  },
  model: { kind: 'two-layer', hidden: 50 },
  training: {
    lambda: 0.001,
    batchSize: 100,
    schedule: { kind: 'cyclical', etaMin: 1e-5, etaMax: 0.1, stepSize: 900, cycles: 2 },
  },
  evaluation: { cadence: 'end', train: false, test: false },
  seed: 1,
};
const CHECK: RunSettings = {
  ...{ task: 'gradient-check', engine: 'two-layer-1', data: SETTINGS.data, model: SETTINGS.model },
  ...{ lambda: 0, samples: 20, seed: 1 },
};

/** Every leaf of the settings changed, one at a time. */
function variations(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1];
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'string') return [`${value}x`];
  return Object.entries(value as object).flatMap(([key, member]) =>
    variations(member).map((changed) => ({ ...(value as object), [key]: changed })),
  );
}

describe('runIdsOf', () => {
  test.each([SETTINGS, CHECK])('makes the ids that runIdOf makes', (settings) => {
    const seeds = [1, 7, 0, 2_147_483_647];
    expect(runIdsOf(settings, seeds)).toEqual(seeds.map((seed) => runIdOf(settingsOfRun(settings, seed))));
  });
});

describe('runIdOf', () => {
  test('is fixed: results stored under it must stay findable', () => {
    expect(runIdOf(SETTINGS)).toMatchInlineSnapshot(
      `"e502cc2d5aa624a1899131cc77ba27db9c911fbc036ebacad6f0a623b6aad481"`,
    );
    expect(runIdOf(CHECK)).toMatchInlineSnapshot(
      `"74be28e045c1d392fc20a17b8bf66f619664b9d1ad9c9c8b961b907c0072b0ab"`,
    );
  });
  test('changes with every single setting', () => {
    for (const settings of [SETTINGS, CHECK]) {
      const ids = [settings, ...variations(settings)].map((changed) => runIdOf(changed as RunSettings));
      expect(ids.length).toBeGreaterThan(12);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });
  test('of a rung differs from that of the whole run, which does not know of rungs', () => {
    const { training } = SETTINGS;
    const [whole, rung, later] = [undefined, 400, 401].map((until) =>
      runIdOf({ ...SETTINGS, training: { ...training, ...(until !== undefined && { until }) } }),
    );
    expect(new Set([whole, rung, later]).size).toBe(3);
    expect(whole).toBe(runIdOf(SETTINGS));
  });
  test('tells apart λ that print alike to 15 digits, and takes −0 for 0', () => {
    const withLambda = (lambda: number) =>
      runIdOf({ ...SETTINGS, training: { ...SETTINGS.training, lambda } });
    expect(withLambda(0.1 + 0.2)).not.toBe(withLambda(0.3));
    expect(withLambda(-0)).toBe(withLambda(0));
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (lambda) => {
        // What JSON carries from the coordinator to a trainer must give the same id there.
        const settings = { ...SETTINGS, training: { ...SETTINGS.training, lambda } };
        expect(runIdOf(JSON.parse(JSON.stringify(settings)) as RunSettings)).toBe(runIdOf(settings));
      }),
    );
  });
  test('does not depend on the order of members', () => {
    const reversed = Object.fromEntries(Object.entries(SETTINGS).reverse()) as RunSettings;
    expect(runIdOf(reversed)).toBe(runIdOf(SETTINGS));
  });
});

describe('packKeyOf', () => {
  const { training, data } = SETTINGS;
  test('runs that read the same batches share it', () => {
    const schedule = { kind: 'constant', learningRate: 0.1, steps: 10 } as const;
    for (const alike of [
      { ...SETTINGS, seed: 2 },
      { ...SETTINGS, training: { ...training, lambda: 1 } },
      { ...SETTINGS, training: { ...training, schedule } },
      { ...SETTINGS, model: { ...SETTINGS.model, hidden: 7 } },
      { ...SETTINGS, evaluation: { cadence: 'epoch', train: true, test: true } as const },
    ]) {
      expect(packKeyOf(alike)).toBe(packKeyOf(SETTINGS));
    }
  });
  test('runs that do not, do not', () => {
    for (const other of [
      { ...SETTINGS, data: { ...data, order: { kind: 'file' } as const } },
      { ...SETTINGS, data: { ...data, train: { first: 0, count: 44_900 } } },
      { ...SETTINGS, data: { ...data, validation: { first: 45_000, count: 4_000 } } },
      { ...SETTINGS, data: { ...data, digest: 'b'.repeat(64) } },
      { ...SETTINGS, training: { ...training, batchSize: 50 } },
      CHECK,
    ]) {
      expect(packKeyOf(other)).not.toBe(packKeyOf(SETTINGS));
    }
    expect(packKeyOf({ ...CHECK, seed: 2 })).not.toBe(packKeyOf(CHECK));
  });
});

test('steps of a schedule', () => {
  expect(stepsOf(SETTINGS.training.schedule)).toBe(3_600);
  expect(stepsOf({ kind: 'constant', learningRate: 0.1, steps: 10 })).toBe(10);
});

test('settings outside their range are refused', () => {
  expect(runSettingsSchema.parse(SETTINGS)).toEqual(SETTINGS);
  for (const wrong of [
    { ...SETTINGS, seed: -1 },
    { ...SETTINGS, seed: 1.5 },
    { ...SETTINGS, extra: 1 },
    { ...SETTINGS, engine: 'two-layer-0' },
    { ...SETTINGS, training: { ...SETTINGS.training, lambda: -0.1 } },
    { ...SETTINGS, training: { ...SETTINGS.training, lambda: NaN } },
    { ...SETTINGS, model: { kind: 'two-layer', hidden: 5_001 } },
    { ...CHECK, samples: 101 },
  ]) {
    expect(runSettingsSchema.safeParse(wrong).success).toBe(false);
  }
});

describe('parseBlockJob', () => {
  const job = (settings: RunSettings): BlockJob => ({
    ...{
      schemaVersion: SCHEMA_VERSION,
      sweepId: sweepIdSchema.parse('s'),
      stage: 'coarse',
      trialIndex: 0,
      blockIndex: 0,
    },
    ...{ packKey: packKeyOf(settings), settings },
    runs: [1, 2].map((seed) => ({ seed, runId: runIdOf(settingsOfRun(settings, seed)) })),
  });
  const good = job({ ...SETTINGS, seed: 0 });

  test('lets a coordinator’s job through, over JSON', () =>
    expect(parseBlockJob(JSON.parse(JSON.stringify(good)))).toEqual(good));
  test.each([
    [
      'a run id of other settings',
      { ...good, settings: { ...good.settings, model: { kind: 'two-layer', hidden: 51 } } },
      /does not follow from its settings/,
    ],
    [
      'seeds exchanged',
      { ...good, runs: good.runs.map((run) => ({ ...run, seed: 3 - run.seed })) },
      /does not follow/,
    ],
    ['a wrong pack key', { ...good, packKey: '0'.repeat(16) }, /pack key 0000000000000000 does not follow/],
    ['no runs', { ...good, runs: [] }, /job data refused/],
    ['an unknown member', { ...good, extra: 1 }, /job data refused/],
    ['nothing', null, /job data refused/],
  ])('refuses %s for good', (_, data, message) => {
    expect(() => parseBlockJob(data)).toThrow(TerminalError);
    expect(() => parseBlockJob(data)).toThrow(message);
  });

  test.each([
    ['a newer format', { schemaVersion: 2, whatever: 'it holds' }, /format 2; Seedbed .* reads 1$/],
    [
      'another engine',
      { ...good, settings: { ...good.settings, engine: 'two-layer-9' } },
      /engine two-layer-9/,
    ],
  ])('leaves %s to a process of its version', (_, data, message) => {
    expect(() => parseBlockJob(data)).toThrow(OtherVersionError);
    expect(() => parseBlockJob(data)).toThrow(message);
  });

  test.each([0, -1, 1.5, '2', null])('%p is no version but malformed data', (schemaVersion) =>
    expect(() => parseBlockJob({ ...good, schemaVersion })).toThrow(TerminalError),
  );
});
