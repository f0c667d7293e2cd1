/** Claims against children whose results are a function of their settings, as real training's are. */
import { join } from 'node:path';
import { ENGINE_VERSION, resultDigestOf, runIdOf, type TrainSettings } from '@seedbed/contracts';
import { trainLocally } from '@seedbed/trainer';
import fc from 'fast-check';
import { pino } from 'pino';
import { chooseRuns, type Claim, type ClaimedRun } from './claim.js';
import { verifyClaims, type VerifiedRun } from './verify.js';

jest.setTimeout(30_000);

const MACHINE = {
  children: 1,
  childPath: join(__dirname, '../../../trainer/src/testing/scripted-child.cjs'),
  childArguments: ['{}'],
  environment: process.env,
  logger: pino({ enabled: false }),
  signal: new AbortController().signal,
};

const settingsOf = (seed: number): TrainSettings => ({
  ...{ task: 'train', engine: ENGINE_VERSION, model: { kind: 'two-layer', hidden: 50 }, seed },
  data: {
    ...{ set: 'cifar10', digest: '0'.repeat(64), order: { kind: 'file' } },
    ...{ train: { first: 0, count: 900 }, validation: { first: 900, count: 100 } },
  },
  training: { lambda: 0.1, batchSize: 100, schedule: { kind: 'constant', learningRate: 0.1, steps: 4 } },
  evaluation: { cadence: 'end', train: false, test: false },
});

/** What an honest sweep says. */
async function honestClaims(seeds: readonly number[]): Promise<Claim[]> {
  const claims: Claim[] = [];
  const runs = seeds.map(settingsOf);
  await trainLocally({
    ...{ ...MACHINE, runs },
    onResult: (place, result) => {
      const settings = runs[place]!;
      claims[place] = {
        ...{ stage: 'search', trialIndex: 0, seed: settings.seed, numericsClass: 'scripted-1', settings },
        ...{ runId: runIdOf(settings), digest: resultDigestOf(result) },
      };
    },
  });
  return claims;
}

test('honest claims are equal, a changed digest is different, a foreign class proves nothing, a forged id is not trained', async () => {
  const [honest, changed, foreign, foreignEqual, forged] = await honestClaims([1, 2, 3, 4, 5]);
  const other = 'f'.repeat(64);
  const claims = [
    honest!,
    { ...changed!, digest: other },
    { ...foreign!, digest: other, numericsClass: 'scripted-2' },
    { ...foreignEqual!, numericsClass: 'scripted-2' },
    { ...forged!, settings: settingsOf(6) },
  ];
  const seen: VerifiedRun[] = [];
  const { numericsClass, runs } = await verifyClaims(claims, MACHINE, (run) => seen.push(run));
  expect(numericsClass).toBe('scripted-1');
  expect(runs.map(({ verdict }) => verdict)).toEqual([
    'equal',
    'different',
    'other-class',
    'equal',
    'forged',
  ]);
  expect(runs.map(({ claim }) => claim)).toEqual(claims);
  expect(seen).toHaveLength(5);
});

const runs = (count: number): ClaimedRun[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ stage: 'search', trialIndex: index, seed: 1, numericsClass: null, digest: 'd' },
    runId: runIdOf(settingsOf(index)),
  }));

test('a sample is the same for the same seed whatever the order, has no run twice, and another seed gives another', () => {
  const property = fc.property(
    fc.integer({ min: 0, max: 30 }),
    fc.nat(1_000),
    fc.nat(40),
    (count, seed, sample) => {
      const all = runs(count);
      const chosen = chooseRuns(all, { sample, seed, runs: [] });
      expect(chooseRuns([...all, ...all].reverse(), { sample, seed, runs: [] })).toEqual(chosen);
      expect(new Set(chosen.map(({ runId }) => runId)).size).toBe(Math.min(sample, count));
    },
  );
  fc.assert(property, { numRuns: 50 });
  const sampleOf = (seed: number) => chooseRuns(runs(50), { sample: 5, seed, runs: [] });
  expect(sampleOf(1)).not.toEqual(sampleOf(2));
});

test('named runs, by their first digits', () => {
  const all = runs(20);
  const prefix = all[3]!.runId.slice(0, 12);
  const choice = { sample: 5, seed: 1 };
  expect(chooseRuns(all, { ...choice, runs: [prefix] })).toEqual([all[3]]);
  expect(() => chooseRuns(all, { ...choice, runs: ['zzzz'] })).toThrow(
    '--run: no run with a result begins with zzzz',
  );
  expect(() => chooseRuns(all, { ...choice, runs: [''] })).toThrow('20 runs begin with');
});
